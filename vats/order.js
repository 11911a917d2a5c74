// Order: books what belongs together in several places, such as goods in one vat and payment in
// another, and undoes all of it when one of them refuses or is too late.
//
// Power: make_object, as `qrt install` gives it.
//
// Args: { bookings, deadlineMs }
//   bookings    a list of at most 50 { at, what }: the reference `at` is sent `what`, and books it,
//               or throws. It answers with a booking: an object that takes { method: 'undo' }. A
//               desk of the guest `stock` is such a reference
//   deadlineMs  how long all of them may take together; may be left out
// Answers with the list of all bookings; rejected with the reason of the first that refused.
//
// All are asked at once. What is to be undone is undone also where the answer is not there yet, as
// soon as it is; where there is no room for that message, here or on its way, it is sent again
// later. When nothing is on its way any more, either all is booked or nothing is.
//
// Not promised: others may see a booking that is undone later. One who books and never answers, or
// does not undo, is not made to; and whoever gets the answer can undo single bookings.
function order(args, power) {
  const { bookings, deadlineMs } = args ?? {};
  const { make_object } = power;

  // Undoes one booking. It needs no power: all that it may do comes as the context. Each of its
  // turns goes on by one continuation, for which there is always room.
  const UNDOER = `function undoer({ value, error, context }) {
    const { self, step, booking, waitMs } = context;
    const goOn = (promise, next) => {
      Q.when(promise, { fulfilled: self, rejected: self, context: { ...context, ...next } });
    };

    const undo = (booking) => {
      const { promise, resolver } = Q.promise();
      goOn(promise, { step: 'asked', booking });
      try {
        resolver.sendOnly({ value: Q.send(booking, { method: 'undo' }) });
      } catch (error) {
        resolver.sendOnly({ value: Q.reject(error) });
      }
    };

    const steps = {
      ordered() {
        if (error) goOn(booking, { step: 'booked' });
      },
      booked() {
        if (!error) undo(value);
      },
      asked() {
        // Nobody says when there is room again.
        if (error?.code !== 'QRT_NO_ROOM') return;
        const { promise } = Q.promise({ deadlineMs: waitMs });
        goOn(promise, { step: 'waited', waitMs: Math.min(waitMs * 2, 3_600_000) });
      },
      waited: () => undo(booking),
    };
    steps[step]();
  }`;

  if (!Array.isArray(bookings) || bookings.length > 50) {
    throw Error('args.bookings is a list of at most 50 { at, what }');
  }
  const made = bookings.map(({ at, what }) => Q.send(at, what));
  const all = deadlineMs === undefined ? Q.all(made) : Q.deadline(Q.all(made), deadlineMs);
  const self = make_object(UNDOER, {});
  for (const booking of made) {
    const context = { self, step: 'ordered', booking, waitMs: 1_000 };
    Q.when(all, { rejected: self, context });
  }
  return all;
}
