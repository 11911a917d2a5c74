// Clerk: promises an answer, and keeps the resolver or loses it, or has the promise wait for itself.
function clerk({ way, to }, { memory }) {
  const { promise, resolver } = Q.promise();
  memory.promises = [...(memory.promises ?? []), promise];
  if (way === 'later') memory.resolver = resolver;
  // What was sent to the promise is answered when there is something to send it to.
  if (way === 'ring') resolver.sendOnly({ value: promise.send({}) });
  if (to) Q.when(promise, { fulfilled: to });
}
