// Note: tells its text.
({ to }, { memory }) => to.sendOnly(memory.text)
