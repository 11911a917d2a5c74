// Parent: makes the same child four times, each time with another memory.
function parent(args, power) {
  const { memory, make_object } = power;
  memory.from = 'parent';
  const code = `({ mark }, { memory, log }) => {
    if (memory) memory.mark = mark;
    log(memory ?? 'no memory');
  }`;
  const children = {
    shared: make_object(code, power),
    none: make_object(code, add(power, { memory: null })),
    fresh: make_object(code, add(power, { memory: { from: 'its own' } })),
    copied: make_object(code, add(power, { memory: { ...memory } })),
  };
  for (const [mark, child] of Object.entries(children)) child.sendOnly({ mark });
}
