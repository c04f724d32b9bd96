// How long a text is, below its field: in words, against what is asked for, and in letters where it is too long to be kept.

export function countWords(box) {
  const place = box.querySelector("[data-word-count]");
  if (!place) return;
  const text = box.querySelector("textarea").value.trim();
  const { words, state } = length(text, limitsOf(place));
  place.textContent = words;
  place.dataset.length = state;
}

/** What to say of a text. Words are what blanks part, as the grader's page counts them; letters are code points. */
export function length(text, { least, most, mostCharacters }) {
  const count = text.split(/\s+/).filter(Boolean).length;
  const characters = [...text].length;
  const said = `${count.toLocaleString("en")} word${count === 1 ? "" : "s"}`;
  if (characters > mostCharacters) {
    return { words: `${(characters - mostCharacters).toLocaleString("en")} characters above the limit: the text cannot be saved like this`, state: "over" };
  }
  if (most && count > most) return { words: `${said}, ${count - most} more than asked for`, state: "over" };
  if (least && count && count < least) return { words: `${said}, ${least - count} to go`, state: "under" };
  return { words: said, state: "fits" };
}

const limitsOf = ({ dataset }) => ({
  least: Number(dataset.min) || 0,
  most: Number(dataset.max) || 0,
  mostCharacters: Number(dataset.mostCharacters) || Infinity,
});
