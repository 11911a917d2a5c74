// Board: makes a note of each text that it is sent, as an object of its own, and announces it.
function board({ text }, { memory, make_object, log, code, prefix, announce }) {
  const note = make_object(code.note, { memory: { text: prefix + text } });
  memory.notes = [...(memory.notes ?? []), note];
  log(`${memory.notes.length} on the board`);
  note.sendOnly({ to: announce });
}
