// Publisher: passes on what is published to all who have subscribed, each of whom can cancel.
//
// Power: memory and make_object, as `qrt install` gives them.
//
// Args: { method, … }
//   publish    message, topic  sends { topic, message, missed } to every subscriber of the topic
//                              and to those without one; `topic` may be left out and is then null
//   subscribe  to, topic       `to` is sent { number, cancel } now and from then on what is
//                              published under the topic, or everything when `topic` is left out.
//                              Any message to the reference `cancel` ends it
//   desk       places, to      sends { desk } to `to`: an object that takes { to, topic } like
//                              `subscribe`, for at most so many subscribers at a time, and nothing
//                              else. Give strangers one instead of this publisher
//   drop       number          ends the subscription with that number
//
// A subscriber that is deleted, throws or cannot be reached does not keep the others from theirs.
// Where a queue has no room, its message is left out, and `missed` counts these until the next one
// that arrives. Subscriptions: at most 200. A message: at most 6,000 characters of JSON.
//
// Not promised: that a subscriber runs what it is sent. Messages to one in a vat that is away wait
// in the outbox and take up room there: drop it before it fills the share of this publisher.
function publisher(args, power) {
  const { method, message, topic = null, number, places, to } = args ?? {};
  const { memory, make_object } = power;
  const placesMax = 200;
  // 200 times this, at 3 bytes a character and with 1,000 references, stays below the 8 MiB that
  // one turn may send.
  const messageMax = 6_000;
  memory.subscribers ??= [];
  memory.next ??= 1;

  const CANCEL = `function cancel(args, { memory, number }) {
    memory.subscribers = memory.subscribers.filter((each) => each.number !== number);
  }`;

  const DESK = `function desk(args, { memory, make_object, CANCEL, desk, places, placesMax }) {
    const { to, topic = null } = args ?? {};
    if (topic !== null && (typeof topic !== 'string' || topic.length > 100)) {
      throw Error('args.topic is a text of at most 100 characters; leave it out for everything');
    }
    const taken = memory.subscribers.filter((each) => each.desk === desk).length;
    if (taken >= places || memory.subscribers.length >= placesMax) {
      throw Error('all places are taken: a subscription has to be cancelled first');
    }
    const number = memory.next;
    const cancel = make_object(CANCEL, { memory, number });
    // This throws if \`to\` is no reference: what is kept as a subscriber is one.
    Q.sendOnly(to, { number, cancel });
    memory.next += 1;
    memory.subscribers.push({ number, desk, topic, to, missed: 0 });
    return cancel;
  }`;

  const methods = {
    publish() {
      if (topic !== null && (typeof topic !== 'string' || topic.length > 100)) {
        throw Error('args.topic is a text of at most 100 characters');
      }
      if (message === undefined || JSON.stringify(message).length > messageMax) {
        throw Error(`args.message is data of at most ${messageMax} characters of JSON`);
      }
      for (const each of memory.subscribers) {
        if (each.topic !== null && each.topic !== topic) continue;
        try {
          each.to.sendOnly({ topic, message, missed: each.missed });
          each.missed = 0;
        } catch (error) {
          if (error.code !== 'QRT_NO_ROOM') throw error;
          each.missed += 1;
        }
      }
    },

    subscribe() {
      memory.desk ??= makeDesk(placesMax);
      return memory.desk.call({ to, topic });
    },

    desk() {
      if (!Number.isSafeInteger(places) || places < 1 || places > placesMax) {
        throw Error(`args.places is a whole number from 1 to ${placesMax}`);
      }
      const desk = makeDesk(places);
      if (to !== undefined) Q.sendOnly(to, { desk });
      return desk;
    },

    drop() {
      const others = memory.subscribers.filter((each) => each.number !== number);
      if (others.length === memory.subscribers.length) {
        throw Error('args.number is the number of a subscription; `qrt dump` shows them');
      }
      memory.subscribers = others;
    },
  };

  function makeDesk(places) {
    const desk = memory.next;
    memory.next += 1;
    return make_object(DESK, { memory, make_object, CANCEL, desk, places, placesMax });
  }

  if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
    const known = Object.keys(methods).join(', ');
    throw Error(`no method ${JSON.stringify(method)}; args.method is one of: ${known}`);
  }
  return methods[method]();
}
