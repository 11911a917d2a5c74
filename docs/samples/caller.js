// Caller: calls an object now, then sends to it for later; the order in the log tells them apart.
function caller({ to }, { log }) {
  log('before');
  to.sendOnly({ said: 'later' });
  to.call({ said: 'now' });
  log('after');
}
