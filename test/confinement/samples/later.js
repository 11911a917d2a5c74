// refused: nothing may run after its turn
async (args, { memory }) => {
  await 1;
  memory.late = true;
}
