// Lending: references go into args and come back in answers.
import { openVat } from 'qrt';

const vat = await openVat({ dir: 'HITS' });
const library = await vat.install({
  name: 'library',
  grants: ['log'],
  power: { text: '(args, { title }) => "you read " + title' },
  code: `({ title, to }, { make_object, text, log }) => {
    const book = make_object(text, { title });
    log(\`lent \${title}\`);
    return { book, to };
  }`,
});
const { book, to } = await library.send({ title: 'Emma', to: library });
console.log(await book.send({}));
const { book: another } = await to.send({ title: 'Persuasion', to: book });
console.log(await another.send({}));
await vat.close();
