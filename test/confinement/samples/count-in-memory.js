// value 1
(args, { memory }) => {
  memory.count = (memory.count ?? 0) + 1;
  return memory.count;
}
