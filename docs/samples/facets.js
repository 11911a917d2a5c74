// Facets: two objects over one memory; the reader can only read, the adder only add.
function facets({ to }, { memory, make_object }) {
  to.sendOnly({
    reader: make_object('({ to }, { memory }) => to.sendOnly({ n: memory.n ?? 0 })', { memory }),
    adder: make_object('({ n }, { memory }) => { memory.n = (memory.n ?? 0) + n; }', { memory }),
  });
}
