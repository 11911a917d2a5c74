// Depot: takes parcels in the order of their numbers, and notes which was the last.
function depot({ parcel }, { memory }) {
  const { last = 0 } = memory;
  if (parcel !== last + 1) throw Error(`parcel ${parcel} came after parcel ${last}`);
  memory.last = parcel;
}
