// Courier: makes a carrier, which sends `{ item }`, and again later as long as there is no room.
function courier({ to, item }, { make_object, log }) {
  const carrier = `({ error, context }, { to, item, log }) => {
    const { self, step, waitMs } = context;
    const goOn = (promise, next) =>
      Q.when(promise, { rejected: self, context: { ...context, ...next } });

    if (step === 'sent') {
      if (error.code !== 'QRT_NO_ROOM') return Q.reject(error);
      log('waits');
      const { promise } = Q.promise({ deadlineMs: waitMs });
      return goOn(promise, { step: 'waited', waitMs: Math.min(2 * waitMs, 3_600_000) });
    }
    // First the continuation, for which there is always room, and then the message.
    const { promise, resolver } = Q.promise();
    const answer = goOn(promise, { step: 'sent' });
    try {
      resolver.sendOnly({ value: Q.send(to, { item }) });
    } catch (error) {
      resolver.sendOnly({ value: Q.reject(error) });
    }
    return answer;
  }`;
  const self = make_object(carrier, { to, item, log });
  return self.send({ context: { self, step: 'waited', waitMs: 100 } });
}
