// Notebook: keeps texts in the order in which they are written, numbered from 1. An entry is never
// changed and never taken out.
//
// Power: memory and make_object, as `qrt install` gives them.
//
// Args: { method, … }
//   write   entry, to  appends a text of at most 4,000 characters; answers { number }
//   read    from, to   answers { from, entries, next, written }: a page of entries that begins with
//                      number `from` (1 when it is left out), the number to read from next, and how
//                      many there are in all
//   writer  to         answers with an object that takes { entry, to } like `write`, and can do
//                      nothing else; sends { writer } to `to`
//   reader  to         answers with an object that takes { from, to } like `read`, and can do
//                      nothing else; sends { reader } to `to`
// What is answered is sent to the reference `to` as well, if there is one.
//
// Entries are kept in chapters, each an object with a memory of its own: when one has 80,000
// characters of JSON, the next entry begins another, so the bound of a memory is no end. After 900
// chapters the notebook is full: writing throws then, reading goes on.
//
// Not promised: the owner of the vat can change what is on disk. A page ends with its chapter, so
// it may be short though more follows: read on until `next` is beyond `written`.
function notebook(args, power) {
  const { method, to, ...rest } = args ?? {};
  const { memory, make_object } = power;

  // It gives out its live memory, so only writer and reader ever have a reference to it.
  const CHAPTER = `(args, { memory }) => memory`;

  const WRITER = `function writer(args, { memory, make_object, CHAPTER }) {
    const { entry, to } = args ?? {};
    if (typeof entry !== 'string' || entry.length > 4_000 || !entry.isWellFormed()) {
      throw Error('args.entry is a text of at most 4,000 characters, without half surrogates');
    }
    const number = memory.written + 1;
    const size = JSON.stringify(entry).length + 1;
    const last = memory.chapters.at(-1)?.chapter.call();
    // 80,000 characters are at most 240,000 bytes, which fit into one message to a reader.
    const isRoom = last !== undefined && last.size + size <= 80_000;
    if (!isRoom && memory.chapters.length >= 900) {
      throw Error('the notebook is full: begin another one');
    }
    if (to !== undefined) Q.sendOnly(to, { number });
    if (isRoom) {
      last.entries.push(entry);
      last.size += size;
    } else {
      const chapter = make_object(CHAPTER, { memory: { size, entries: [entry] } });
      memory.chapters.push({ first: number, chapter });
    }
    // Last: a caller may catch what throws above, and then nothing was written.
    memory.written = number;
    return { number };
  }`;

  const READER = `function reader(args, { memory }) {
    const { from = 1, to } = args ?? {};
    if (!Number.isSafeInteger(from) || from < 1) {
      throw Error('args.from is the number of the first entry to read, from 1 on');
    }
    const found = memory.chapters.findLast(({ first }) => first <= from);
    const entries = found?.chapter.call().entries.slice(from - found.first) ?? [];
    // Only a copy leaves: whoever had the list itself could change it.
    const page = { from, entries, next: from + entries.length, written: memory.written };
    if (to !== undefined) Q.sendOnly(to, page);
    return page;
  }`;

  memory.written ??= 0;
  memory.chapters ??= [];
  memory.writer ??= make_object(WRITER, { memory, make_object, CHAPTER });
  memory.reader ??= make_object(READER, { memory });
  const { writer, reader } = memory;

  const methods = {
    write: () => writer.call({ ...rest, to }),
    read: () => reader.call({ ...rest, to }),
    writer: () => give(writer, { writer }),
    reader: () => give(reader, { reader }),
  };

  function give(right, news) {
    if (to !== undefined) Q.sendOnly(to, news);
    return right;
  }

  if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
    const known = Object.keys(methods).join(', ');
    throw Error(`no method ${JSON.stringify(method)}; args.method is one of: ${known}`);
  }
  return methods[method]();
}
