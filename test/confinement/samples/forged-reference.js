// value { "$": 0 }
(args, { memory }) => {
  memory.forged = { $: 0 };
  return memory.forged;
}
