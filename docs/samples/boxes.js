// Boxes: answers with a new box, which keeps what is put into it and answers how much that is.
function boxes(args, { make_object }) {
  const box = `({ put }, { memory }) => {
    memory.things = [...(memory.things ?? []), put];
    return memory.things.length;
  }`;
  return make_object(box, { memory: {} });
}
