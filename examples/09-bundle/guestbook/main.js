// Guest book: gives each visitor a page, and tells the counter of each new one.
function guestbook({ visitor, entry }, { memory, make_object, log, counter, greeting, code }) {
  memory.pages ??= {};
  if (!Object.hasOwn(memory.pages, visitor)) {
    memory.pages[visitor] = make_object(code.page, { memory: { visitor, entries: [] }, log });
    counter.sendOnly({ add: 1 });
    log(`${greeting}, ${visitor}!`);
  }
  memory.pages[visitor].sendOnly({ entry });
}
