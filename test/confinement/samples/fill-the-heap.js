/* killed */
() => {
  const list = [];
  for (;;) list.push({ n: list.length, rest: [1, 2, 3] });
}
