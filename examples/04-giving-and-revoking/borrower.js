// Borrower: keeps the printer that it is lent, and prints on it.
function borrower({ printer, print }, { memory }) {
  if (printer) memory.printer = printer;
  if (print) memory.printer.sendOnly({ print });
}
