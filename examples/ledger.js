// Ledger: sends numbered entries to a partner; keeps the number of the last one it got.
function ledger({ entry, until, partner, self }, { memory }) {
  const { sent = 0, got = 0 } = memory;
  const next = entry ? sent : Math.min(sent + 100, until);
  for (let n = sent + 1; n <= next; n += 1) partner.sendOnly({ entry: n });
  if (next < until) self.sendOnly({ until, partner, self });
  if (entry && entry !== got + 1) memory.fault = `${entry} after ${got}`;
  memory.sent = next;
  memory.got = entry ?? got;
}
