// Owner line: which owner is served next, so that none takes more than its share.
//
// Owners with nothing in flight come first, in the order in which they came or their last turn
// ended; then those with turns in flight, each as far as its window goes. The window begins at one
// turn, doubles with each quick turn and shrinks to a quarter with a slow one, so that slow turns do
// not pile up in front of others. Who lately ended a worker (`watch-list.ts`) gets, while others have
// work, at most every second turn and half of the time.

import { TURN_SLOW_MS, TURNS_PROVEN } from '../core/fair-limits.ts';
import { TURNS_IN_FLIGHT_MAX } from '../core/limits.ts';
import type { Clock } from './ports.ts';
import type { WatchList } from './watch-list.ts';

export interface OwnerLine {
  /** Nobody waits. */
  isEmpty(): boolean;
  /** A message of that owner waits. */
  enter(owner: number): void;
  /** No message of that owner waits any more. */
  leave(owner: number): void;
  /** Its first message was taken and there are more: to the end of the line. */
  toEnd(owner: number): void;
  /** Whose first message is next; undefined when nobody may be served now. */
  first(): number | undefined;
  /** A turn of that owner is in flight. */
  begin(owner: number): void;
  /** The outcome of a turn of that owner came after so long. */
  end(owner: number, ms: number): void;
  /** Nothing is in flight any more: the worker is gone, so long after its last outcome. */
  clear(ms: number): void;
  /** Whether the last turns of that owner were quick. */
  isProven(owner: number): boolean;
  /** Whether that owner has turns in flight in front of somebody who has none. */
  isInTheWay(owner: number): boolean;
}

interface Place {
  readonly owner: number;
  inFlight: number;
  /** Turns that it may have in flight. */
  window: number;
  /** Where it waits, if it does. */
  line: Map<number, Place> | undefined;
}

export function makeOwnerLine(clock: Clock, watched: WatchList): OwnerLine {
  /** Owners that wait or have turns in flight. */
  const places = new Map<number, Place>();
  const [free, busy, held] = [newLine(), newLine(), newLine()];
  /** Whether others have had no turn since somebody watched had one, and until when they come first. */
  let isOwed = false;
  let othersUntilMs = 0;

  const lineFor = (place: Place): Map<number, Place> => {
    if (watched.has(place.owner)) return held;
    return place.inFlight > 0 ? busy : free;
  };
  const put = (place: Place): void => {
    place.line?.delete(place.owner);
    place.line = lineFor(place);
    place.line.set(place.owner, place);
  };
  const tidy = (place: Place): void => {
    if (!place.line && place.inFlight === 0) places.delete(place.owner);
    else if (place.line && place.line !== lineFor(place)) put(place);
  };
  const placeOf = (owner: number): Place => {
    const found = places.get(owner) ?? { owner, inFlight: 0, window: 1, line: undefined };
    places.set(owner, found);
    return found;
  };
  const owe = (ms: number): void => {
    isOwed = true;
    othersUntilMs = clock.monotonicMs() + ms;
  };

  return Object.freeze({
    isEmpty: () => free.size + busy.size + held.size === 0,
    enter(owner: number) {
      const place = placeOf(owner);
      // It may have come to be watched while it waits.
      if (place.line !== lineFor(place)) put(place);
    },
    leave(owner: number) {
      const place = placeOf(owner);
      place.line?.delete(owner);
      place.line = undefined;
      tidy(place);
    },
    toEnd: (owner: number) => put(placeOf(owner)),
    first() {
      const other = firstOf(free) ?? firstWithRoom(busy);
      const suspect = firstOf(held);
      if (!suspect) return other?.owner;
      const isTime = !isOwed && clock.monotonicMs() >= othersUntilMs;
      return other === undefined || isTime ? suspect.owner : other.owner;
    },
    begin(owner: number) {
      placeOf(owner).inFlight += 1;
      if (!watched.has(owner)) isOwed = false;
    },
    end(owner: number, ms: number) {
      const place = placeOf(owner);
      place.inFlight -= 1;
      place.window = nextWindow(place.window, ms);
      if (watched.has(owner)) owe(ms);
      tidy(place);
    },
    clear(ms: number) {
      owe(ms);
      for (const place of [...places.values()].filter(({ inFlight }) => inFlight > 0)) {
        place.inFlight = 0;
        place.window = 1;
        tidy(place);
      }
    },
    isProven: (owner: number) => placeOf(owner).window >= TURNS_PROVEN,
    isInTheWay: (owner: number) => free.size > 0 && (places.get(owner)?.inFlight ?? 0) > 0,
  });
}

/** A busy machine makes a quick turn look slow now and then: only several in a row say that it is. */
const nextWindow = (window: number, ms: number): number =>
  ms >= TURN_SLOW_MS
    ? Math.max(1, Math.floor(window / 4))
    : Math.min(TURNS_IN_FLIGHT_MAX, 2 * window);

const newLine = (): Map<number, Place> => new Map();

function firstOf(line: ReadonlyMap<number, Place>): Place | undefined {
  for (const place of line.values()) return place;
  return undefined;
}

/** At most as many are looked at as turns are in flight. */
function firstWithRoom(line: ReadonlyMap<number, Place>): Place | undefined {
  for (const place of line.values()) if (place.inFlight < place.window) return place;
  return undefined;
}
