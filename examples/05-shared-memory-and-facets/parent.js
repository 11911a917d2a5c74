// Parent: makes three children of the same code, which differ in the memory that they are given.
function parent(args, { memory, make_object }) {
  const code = `function child({ add }, { memory }) { memory.count += add; }`;
  memory.count = 100;
  const sharing = make_object(code, { memory });
  const owning = make_object(code, { memory: { count: 0 } });
  const without = make_object(code, {});
  for (const child of [sharing, owning, without]) child.sendOnly({ add: 1 });
}
