// Key-value store: keeps values under keys, which may be any text, and tells them when asked.
//
// Power: memory, as `qrt install` gives it.
//
// Args: { method, … }
//   set     key, value  keeps the value under the key, in place of an older one
//   get     key, to     answers { key, found: true, value }, or { key, found: false }
//   delete  key         forgets the key, if it is there
//   list    after, to   answers { keys, more }: the first 500 keys in the order of their
//                       characters, or those that come after the key `after`
// What is answered is sent to the reference `to` as well, if there is one.
//
// Bounds, in characters of JSON, of which a reference counts as 200: a key 100, a value 60,000, all
// together 180,000. What would go beyond is refused, and the store stays as it was.
//
// Not promised: whoever may read it may also write. Each turn reads the whole memory, so this is
// no place for a large collection. Who sets or gets a value by an immediate call can still change
// it in that turn, also beyond the bound: then `get` of that key fails until it is set anew or
// deleted.
function keyValueStore(args, power) {
  const { method, key, value, after, to } = args ?? {};
  const { memory } = power;
  const keyMax = 100;
  const valueMax = 60_000;
  // 180,000 characters stay below the bounds of a memory, 1 MiB and 100,000 values, in any script.
  const totalMax = 180_000;
  const pageMax = 500;
  // A Map, because in a plain object the key `__proto__` would not be like any other.
  const entries = new Map(memory.entries);

  const methods = {
    set() {
      assertKey();
      if (value === undefined) {
        throw Error('set needs args.value; to forget a key send { "method": "delete", "key": … }');
      }
      if (sizeOf(value) > valueMax) {
        throw Error(`a value has at most ${valueMax} characters of JSON`);
      }
      entries.set(key, value);
      if (sizeOf([...entries]) > totalMax) {
        throw Error(`the store is full (${totalMax} characters of JSON): delete other keys first`);
      }
      memory.entries = [...entries];
    },

    get() {
      assertKey();
      const found = entries.has(key);
      return tell(found ? { key, found, value: entries.get(key) } : { key, found });
    },

    delete() {
      assertKey();
      entries.delete(key);
      memory.entries = [...entries];
    },

    list() {
      if (after !== undefined && typeof after !== 'string') {
        throw Error('args.after is the last key of the page before; leave it out for the first');
      }
      const isLater = (each) => after === undefined || each > after;
      const keys = [...entries.keys()].filter(isLater).sort();
      return tell({ keys: keys.slice(0, pageMax), more: keys.length > pageMax });
    },
  };

  function tell(news) {
    if (to !== undefined) Q.sendOnly(to, news);
    return news;
  }

  function assertKey() {
    if (typeof key !== 'string' || key.length > keyMax) {
      throw Error(`args.key is a text of at most ${keyMax} characters`);
    }
  }

  function sizeOf(data) {
    // JSON knows no references: each stands for 200 characters, as a memory holds 1,000 of them.
    return JSON.stringify(data, (_, each) => (Q.isReference(each) ? ' '.repeat(198) : each)).length;
  }

  if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
    const known = Object.keys(methods).join(', ');
    throw Error(`no method ${JSON.stringify(method)}; args.method is one of: ${known}`);
  }
  return methods[method]();
}
