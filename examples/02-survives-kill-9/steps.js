// Steps: counts to `last`, one step a turn, by sending itself the next step.
// A step that came twice, or one that is missing, would be refused and stand in the log.
function steps({ step, last, self }, { memory }) {
  const { count = 0 } = memory;
  if (step !== count + 1) throw Error(`step ${step} came after step ${count}`);
  memory.count = step;
  if (step < last) self.sendOnly({ step: step + 1, last, self });
}
