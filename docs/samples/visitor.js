// Visitor: waits for a bell twice, once without end, and tells `to` what became of both.
function visitor({ bell, to }) {
  const patient = bell.send({ method: 'wait' });
  const hasty = bell.send({ method: 'wait' }, { deadlineMs: 100 });
  Q.when(patient, { fulfilled: to, rejected: to, context: 'patient' });
  Q.when(hasty, { fulfilled: to, rejected: to, context: 'hasty' });
}
