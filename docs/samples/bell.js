// Bell: whoever waits for it has the answer when it is rung.
function bell({ method }, { memory }) {
  memory.waiting ??= [];
  if (method === 'wait') {
    const { promise, resolver } = Q.promise();
    memory.waiting.push(resolver);
    return promise;
  }
  for (const resolver of memory.waiting) resolver.sendOnly({ value: 'ding' });
  memory.waiting = [];
}
