import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kit, startKit } from './kit.ts';

describe('failures', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  describe('what is thrown is described without touching it', () => {
    const THROWN: [string, string, object][] = [
      ['null', 'null', { name: 'null', message: 'null' }],
      ['undefined', 'undefined', { name: 'undefined', message: 'undefined' }],
      ['a text', '"no\\u001b[31m"', { name: 'string', message: 'no\\u001b[31m' }],
      ['a number', '-0.5', { name: 'number', message: '-0.5' }],
      ['a symbol', 'Symbol("x")', { name: 'symbol', message: 'a symbol' }],
      ['a huge bigint', '1n << 1000000n', { name: 'bigint', message: 'a bigint' }],
      ['an error', 'new RangeError("x")', { name: 'RangeError', message: 'x' }],
      [
        'an instance of a class',
        'new (class Mine extends TypeError {})("x")',
        { name: 'TypeError', message: 'x' },
      ],
      ['a record', '{ name: "N", message: "M", code: "QRT_NO_ROOM" }', { name: 'N', message: 'M' }],
      ['a function', '() => 1', { name: expect.any(String), message: 'no message' }],
      [
        'a proxy',
        'new Proxy(new Error("x"), { get() { for (;;); }, getPrototypeOf() { for (;;); } })',
        { name: 'proxy', message: 'a proxy' },
      ],
      [
        'getters',
        '{ get message() { for (;;); }, get name() { for (;;); }, toString() { for (;;); } }',
        { name: 'object', message: 'no message' },
      ],
      [
        'a proxy as prototype',
        'Object.create(new Proxy({}, { getPrototypeOf() { for (;;); } }))',
        { name: 'object', message: 'no message' },
      ],
      [
        'a text of 2^28 units',
        '"x".repeat(2 ** 28)',
        { name: 'string', message: 'a text of 268435456 characters' },
      ],
      [
        'direction marks',
        'Error("a\\u202eb\\n\\u2028")',
        { name: 'Error', message: 'a\\u202eb\\u000a\\u2028' },
      ],
    ];
    it.each(THROWN)('%s', async (_name, thrown, described) => {
      const object = kit.install(`() => { throw ${thrown}; }`);
      expect(await kit.failed(object)).toEqual(described);
    });

    it('a long text is cut', async () => {
      const object = kit.install('() => { throw Error("€".repeat(2000)); }');
      expect((await kit.failed(object)).message).toBe('€'.repeat(1024));
    });

    it.each([
      ['shop.send(1).then(() => 1)', 'TypeError: shop.send(...).then is not a function'],
      [
        'Q.promise().promise.then(() => 1)',
        'TypeError: Q.promise(...).promise.then is not a function',
      ],
      ['new Promise(shop.send)', 'TypeError: Promise is not a constructor'],
    ])('Q26 who would wait by `%s` is told what to do instead', async (code, said) => {
      const object = kit.install(`({ shop }) => { ${code}; }`);
      const { name, message } = await kit.failed(object, { shop: { $: 0 } }, { slots: ['o1.0'] });
      const hint = '. To go on with an answer, give `Q.when` an object that continues the work';
      expect(`${name}: ${message}`).toBe(said + hint);
    });

    it('only an error of ours has a code', async () => {
      const object = kit.install('({ ref }) => { ref.sendOnly(); }');
      const failure = await kit.failed(object, { ref: { $: 0 } }, { slots: ['i1'] });
      expect(failure).toEqual({
        name: 'QrtError',
        code: 'QRT_DATA_UNCARRIED',
        message: 'args cannot be carried: undefined',
      });
    });
  });
});
