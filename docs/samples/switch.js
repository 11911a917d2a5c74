// Switch: makes a front once, which sends all that it gets on to the `current` version.
function change({ current }, { memory, make_object }) {
  const front = '(args, { memory }) => memory.current.sendOnly(args)';
  memory.front ??= make_object(front, { memory });
  memory.current = current;
}
