'use strict';
// Lies about promises: whose they are, what decides them, and what shall come after.
const effects = (make) => (parts) => parts.done(make(parts));
const promised = (change) =>
  effects((parts) => ({
    promises: [
      {
        ...{ id: parts.p(0), maker: parts.t.target, kind: 'resolver' },
        ...{ parts: { body: '[]', slots: [] }, ...change(parts) },
      },
    ],
  }));
const waiting = (change) =>
  effects((parts) => ({
    whens: [
      {
        ...{ promise: parts.t.target, fulfilled: parts.t.target, sender: parts.t.target },
        ...{ answer: parts.p(0), ...change(parts) },
      },
    ],
  }));
const answered = (change) =>
  effects((parts) => ({ sends: [parts.sent({ answer: parts.p(0), ...change(parts) })] }));

Object.assign(LIES, {
  'a promise of another turn': promised(({ p, t }) => ({ id: p(0, t.turn - 1) })),
  'a promise of a turn to come': promised(({ p, t }) => ({ id: p(0, t.turn + 1) })),
  'a promise with a gap in its k': promised(({ p }) => ({ id: p(1) })),
  'a promise made by nobody': promised(() => ({ maker: 'o999.0' })),
  'a promise made by the operator': promised(() => ({ maker: 'o0.0' })),
  'a promise of a kind that there is none': promised(() => ({ kind: 'answer' })),
  'parts that are no list': promised(() => ({ kind: 'all', parts: { body: '{}', slots: [] } })),
  'parts that nobody can read': promised(() => ({ kind: 'all', parts: { body: '[', slots: [] } })),
  'parts with an object that never was': promised(({ data }) => ({
    ...{ kind: 'settled', parts: { ...data('o999.0'), body: '[{"$":0}]' } },
  })),
  'parts with a promise of a turn to come': promised(({ p, t }) => ({
    ...{ kind: 'all', parts: { body: '[{"$":0}]', slots: [p(0, t.turn + 1)] } },
  })),
  'a promise with the k of an object': effects(({ made, sent, p }) => ({
    objects: [made()],
    sends: [sent({ answer: p(0) })],
  })),
  'one promise of two messages': effects(({ sent, p }) => ({
    sends: [sent({ answer: p(0) }), sent({ answer: p(0) })],
  })),
  'an answer to a message with a gap in its k': answered(({ p }) => ({ answer: p(1) })),
  'an answer of another turn': answered(({ p, t }) => ({ answer: p(0, t.turn - 1) })),
  'an answer to nobody': answered(() => ({ sender: 'o999.0' })),
  'an answer that is an object': answered(({ o }) => ({ answer: o(0) })),
  'a deadline of a thousand years': answered(() => ({ deadlineMs: 1e15 })),
  'a message to a promise of a turn to come': answered(({ p, t }) => ({
    target: p(0, t.turn + 1),
  })),
  'a message to a resolver of a turn to come': answered(({ p, t }) => ({
    target: p(0, t.turn + 1).replace('p', 's'),
  })),
  'args with a promise of a turn to come': answered(({ p, t, data }) => ({
    args: data(p(0, t.turn + 1)),
  })),
  'a continuation of what never was': waiting(() => ({ promise: 'o999.0' })),
  'a continuation that never was': waiting(() => ({ fulfilled: 'o999.0' })),
  'a continuation that never was, when rejected': waiting(() => ({ rejected: 'i77' })),
  'a continuation by nobody': waiting(() => ({ sender: 'o999.0' })),
  'a continuation without a promise': waiting(() => ({ answer: undefined })),
  'a context that is no record': waiting(() => ({ context: { body: '1', slots: [] } })),
  'a context that brings its value along': waiting(() => ({
    context: { body: '{"context":1,"value":2}', slots: [] },
  })),
  'a context that nobody can read': waiting(() => ({
    context: { body: '{"context":{"$":0}}', slots: [] },
  })),
  'a context with an object that never was': waiting(({ data }) => ({
    context: { ...data('o999.0'), body: '{"context":{"$":0}}' },
  })),
  'more continuations than there is room for': effects(({ t, p }) => ({
    whens: Array.from({ length: Math.min(t.readings.inbox.rows + 1, 1_001) }, (_, k) => ({
      ...{ promise: t.target, fulfilled: t.target, sender: t.target, answer: p(k) },
    })),
  })),
  'more messages, continuations and promises than a turn may': effects(({ t, p, sent }) => ({
    sends: Array.from({ length: 600 }, (_, k) => sent({ answer: p(k) })),
    whens: Array.from({ length: 600 }, (_, k) => ({
      ...{ promise: t.target, fulfilled: t.target, sender: t.target, answer: p(600 + k) },
    })),
  })),
  'an answer that nobody asked for': effects(({ data }) => ({ answer: data() })),
  'promises without a list': effects(() => ({ promises: undefined })),
  'continuations without a list': effects(() => ({ whens: null })),
});
