// Bugs about what is on disk, and when: flushes, commits, restarts, attempts.

import type { Plant } from './plant.ts';

export const DISK_PLANTS: readonly Plant[] = [
  {
    name: 'skip-the-flush',
    breaks: 'Once',
    what: 'A commit is not flushed to the disk before it is told to the world.',
    edits: [
      {
        file: 'src/store/open.ts',
        find: "db.pragma('synchronous = FULL')",
        replace: "db.pragma('synchronous = NORMAL')",
      },
    ],
    test: { file: 'test/system/power-cut.test.ts', name: 'loses nothing that was promised' },
  },
  {
    name: 'sums-after-the-pages',
    breaks: 'Once',
    what: 'Pages are carried over into the database before their sums are on disk: if these find no room, a healthy database is refused.',
    edits: [
      {
        file: 'src/store/carry-over.ts',
        find: "    file.add(changed);\n    log.setSummed();\n    db.pragma('wal_checkpoint(PASSIVE)');\n",
        replace:
          "    db.pragma('wal_checkpoint(PASSIVE)');\n    file.add(changed);\n    log.setSummed();\n",
      },
    ],
    test: { file: 'test/store/page-sums.test.ts', name: 'that find no room keep the log' },
  },
  {
    name: 'sums-not-flushed',
    breaks: 'Once',
    what: 'The sums of pages are written and not flushed before the pages are carried over.',
    edits: [
      {
        file: 'src/store/page-sums.ts',
        find: '        writeAll(file, record, bytes);\n        fsyncSync(file);\n',
        replace: '        writeAll(file, record, bytes);\n',
      },
    ],
    test: { file: 'test/store/page-sums.test.ts', name: 'are flushed before the first page' },
  },
  {
    name: 'damage-at-the-first-look',
    breaks: 'Once',
    what: 'A page that a running node changes while it is read is called damaged at once.',
    edits: [
      {
        file: 'src/store/page-check.ts',
        find: 'const pages = [...suspects.keys()].filter((page) => before?.get(page) === suspects.get(page));',
        replace: 'const pages = [...suspects.keys()];',
      },
    ],
    test: { file: 'test/store/page-sums-kept.test.ts', name: 'is whole, however often its pages' },
  },
  {
    name: 'old-sums-closed-first',
    breaks: 'Once',
    what: 'The file of sums is closed before there is a new one: after a full disk they go into another file.',
    edits: [
      {
        file: 'src/store/page-sums.ts',
        find: 'const next = replace(path, sums);\n    closeSync(file);',
        replace: 'closeSync(file);\n    const next = replace(path, sums);',
      },
    ],
    test: {
      file: 'test/store/page-sums-kept.test.ts',
      name: 'and find no room stay where they are',
    },
  },
  {
    name: 'receipt-before-commit',
    breaks: 'Once',
    what: 'Receipts and replies leave at once, and their commit comes later.',
    edits: [
      {
        file: 'src/kernel/transaction.ts',
        find: 'if (openedMs === undefined) emit(output);',
        replace: "if (openedMs === undefined || output.type === 'reply') emit(output);",
      },
    ],
    test: { file: 'test/kernel/crash.test.ts', name: 'Q18 Q20 a death at any point leaves' },
  },
  {
    name: 'repeated-receipt-overtakes',
    breaks: 'Once',
    what: 'A box that holds nothing new is receipted at once, before the open commit of what it repeats.',
    edits: [
      {
        file: 'src/kernel/arrivals.ts',
        find: "  transaction.release({ type: 'reply', ticket, status: 200, bytes, isProof });",
        replace:
          "  const output = { type: 'reply', ticket, status: 200, bytes, isProof } as const;\n" +
          '  if (isProof) transaction.release(output);\n' +
          '  else emit(output);',
      },
      {
        file: 'src/kernel/arrivals.ts',
        find: '  { sealer, transaction }: Island,\n',
        replace: '  { sealer, transaction, emit }: Island,\n',
      },
    ],
    test: { file: 'test/kernel/gate.test.ts', name: 'a box that comes twice' },
  },
  {
    name: 'outputs-before-commit',
    breaks: 'Atomic',
    what: 'What depends on a commit is let go just before it.',
    edits: [
      {
        file: 'src/kernel/transaction.ts',
        find: '      store.commit();\n      const released = held;\n      held = [];',
        replace:
          '      const released = held;\n      held = [];\n      for (const output of released.splice(0)) emit(output);\n      store.commit();',
      },
    ],
    test: { file: 'test/kernel/gate.test.ts', name: 'Q19 no receipt, box or reply says' },
  },
  {
    name: 'send-what-is-not-committed',
    breaks: 'Atomic',
    what: 'A box takes items that the open transaction has only just added.',
    edits: [
      {
        file: 'src/kernel/box-maker.ts',
        find: "const below = link.row.state === 'ok' ? link.committed[lane - 1]! : from;",
        replace: "const below = link.row.state === 'ok' ? link.row.sending[lane - 1]!.next : from;",
      },
    ],
    test: { file: 'test/kernel/gate.test.ts', name: 'Q19 a box that leaves while a turn runs' },
  },
  {
    name: 'link-not-written',
    breaks: 'Once',
    what: 'The numbers of a link are left out of the transaction that its items are in.',
    edits: [
      {
        file: 'src/kernel/links.ts',
        find: 'for (const link of dirty) store.updateLink(link.row);',
        replace:
          "for (const link of dirty) if (link.row.state !== 'ok') store.updateLink(link.row);",
      },
    ],
    test: {
      file: 'test/kernel/crash.test.ts',
      name: 'Q18 Q20 a death at any point leaves',
    },
  },
  {
    name: 'counters-not-written',
    breaks: 'Once',
    what: 'The counters are left out of the transaction, so that ids are given twice after a restart.',
    edits: [
      {
        file: 'src/kernel/transaction.ts',
        find: '      store.writeCounters(counters);\n',
        replace: '      if (counters.commits === 1) store.writeCounters(counters);\n',
      },
    ],
    test: {
      file: 'test/kernel/crash.test.ts',
      name: 'Q18 Q20 a death at any point leaves',
    },
  },
  {
    name: 'forwards-forgotten',
    breaks: 'Once',
    what: 'The way back of a forwarded item is not written, so that its refusal finds nobody.',
    edits: [
      {
        file: 'src/kernel/outbox.ts',
        find: 'store.insertForward({ link: link.row.id, number, origin: from.origin });',
        replace:
          'if (number === 0) store.insertForward({ link: link.row.id, number, origin: from.origin });',
      },
    ],
    test: { file: 'test/kernel/forwarding.test.ts', name: 'a refusal travels back' },
  },
  {
    name: 'full-disk-swallowed',
    breaks: 'Once',
    what: 'A write that finds the disk full is taken for done.',
    edits: [
      {
        file: 'src/store/open.ts',
        find: "  if (error.code.startsWith('SQLITE_FULL')) {\n    return new",
        replace: "  if (error.code.startsWith('SQLITE_FULL?')) {\n    return new",
      },
    ],
    test: { file: 'test/store/open.test.ts', name: 'a full disk is QRT_DISK_FULL' },
  },
  {
    name: 'request-done-twice',
    breaks: 'Once',
    what: 'A control request that is asked again is done again.',
    edits: [
      {
        file: 'src/kernel/requests.ts',
        find: '    const found = requestRows.get(id);\n',
        replace: "    const found = id === '' ? requestRows.get(id) : undefined;\n",
      },
      {
        file: 'src/kernel/requests.ts',
        find: '    requestRows.insert({ id, digest, reply: JSON.stringify(stored), timeMs, answer });\n',
        replace:
          '    if (!store.request(id)) requestRows.insert({ id, digest, reply: JSON.stringify(stored), timeMs, answer });\n',
      },
    ],
    test: {
      file: 'test/kernel/operator.test.ts',
      name: 'asked again gives the same reply and takes',
    },
  },
  {
    name: 'serial-not-raised',
    breaks: 'Once',
    what: 'A vat that moved signs its new record with its old serial, and no peer takes it.',
    edits: [
      {
        file: 'src/kernel/address-book.ts',
        find: 'Math.max((found?.serial ?? 0) + 1, clock.nowMs())',
        replace: '(found?.serial ?? clock.nowMs())',
      },
    ],
    test: { file: 'test/kernel/first-contact.test.ts', name: 'a vat that moved is found again' },
  },
];
