// Walks a way step by step; without the length of a step it never arrives.
function steps({ step, way }, { memory }) {
  if (step) memory.step = step;
  for (let left = way ?? 0; left > 0; left -= memory.step ?? 0) memory.at = left;
}
