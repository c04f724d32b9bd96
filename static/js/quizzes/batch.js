// Which of the waiting answers go in one request. Long texts would else make it larger than the server takes (256 kB), and
// one refusal for size would hold for everything in it.

const LARGEST_BYTES = 100_000;
const MOST_ANSWERS = 100;

const encoder = new TextEncoder();

export const bytesOf = (text) => encoder.encode(text).length;

/** The first answers that fit, in their order; always at least one. */
export function firstBatch(answers, largest = LARGEST_BYTES) {
  const batch = [];
  let bytes = 0;
  for (const answer of answers.slice(0, MOST_ANSWERS)) {
    bytes += bytesOf(JSON.stringify(answer));
    if (batch.length && bytes > largest) break;
    batch.push(answer);
  }
  return batch;
}
