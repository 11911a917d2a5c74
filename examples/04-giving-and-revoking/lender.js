// Lender: lends its printer to the object `to`, and takes it back.
function lender({ to, takeBack }, { printer, caretaker, memory, log }) {
  if (to) {
    const { forwarder, revoker } = caretaker.call({ target: printer });
    memory.revoker = revoker;
    to.sendOnly({ printer: forwarder });
  }
  if (takeBack) {
    memory.revoker.call({});
    log('taken back');
  }
}
