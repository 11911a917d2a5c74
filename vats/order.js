// Order: books what belongs together in several places, such as goods in one vat and payment in
// another, and undoes all of it when one of them refuses or is too late.
//
// Power: make_object, as `qrt install` gives it.
//
// Args: { bookings, deadlineMs }
//   bookings    a list of at most 50 { at, what }: the reference `at` is sent `what`, and books it,
//               or throws. It answers with a booking: an object that takes { method: 'undo' }. A
//               desk of the guest `stock` is such a reference
//   deadlineMs  how long all of them may take together; may be left out
// Answers with the list of all bookings; rejected with the reason of the first that refused.
//
// All are asked at once. What is to be undone is undone also where the answer is not there yet: it
// is sent to the promise of the booking, and so goes to the booking once there is one. When nothing
// is on its way any more, either all is booked or nothing is.
//
// Not promised: others may see a booking that is undone later. One who books and never answers, or
// does not undo, is not made to; and whoever gets the answer can undo single bookings.
function order(args, power) {
  const { bookings, deadlineMs } = args ?? {};
  const { make_object } = power;

  // A promise of its own that follows the one of all answers: to that one a time can be set.
  const GATHERER = `(promises) => Q.all(promises)`;

  // It needs no power: what it may undo comes as the context.
  const JUDGE = `function judge({ error, context: made }) {
    if (error === undefined) return;
    for (const booking of made) booking.send({ method: 'undo' });
  }`;

  if (!Array.isArray(bookings) || bookings.length > 50) {
    throw Error('args.bookings is a list of at most 50 { at, what }');
  }
  const made = bookings.map(({ at, what }) => Q.send(at, what));
  const all = make_object(GATHERER).send(made, { deadlineMs });
  const judge = make_object(JUDGE);
  Q.when(all, { fulfilled: judge, rejected: judge, context: made });
  return all;
}
