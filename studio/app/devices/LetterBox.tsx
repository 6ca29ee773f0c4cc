/** The customer's letter box: letters as the print shop made them, to be read here or opened as they are on paper. */
import type { LetterMessage } from "@api/__generated__/schema";
import { lettersQuery } from "@api/queries";
import { useQuery } from "@tanstack/react-query";
import { plural } from "@ui/format";
import { Icon } from "@ui/Icon";
import { Ago } from "@ui/Time";
import { Asked } from "../shell/Asked";
import classes from "./LetterBox.module.css";

export function LetterBox() {
  const query = useQuery(lettersQuery);
  return (
    <section className={classes.box} aria-label="Letter box">
      <header className={classes.head}>
        <Icon name="letter" size={15} />
        <h2>Letter box</h2>
        <span>every household, printed as PDF</span>
      </header>
      <Asked query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={classes.empty}>
              No letter yet. Give the shop a postal address and ask for furniture insurance: its receipt is
              asked for on paper.
            </p>
          ) : (
            <ul className={classes.letters} aria-label="Letters">
              {items.map((letter, place) => (
                <Letter key={letter.id} letter={letter} open={place === 0} />
              ))}
            </ul>
          )
        }
      </Asked>
    </section>
  );
}

function Letter({ letter, open }: { letter: LetterMessage; open: boolean }) {
  return (
    <li>
      <details open={open}>
        <summary>
          <b>{letter.subject}</b>
          <small>
            {letter.to[0]}, <Ago time={letter.time} /> · {plural(letter.pages, "page")}
          </small>
        </summary>
        <address className={classes.address}>{letter.to.join("\n")}</address>
        <p className={classes.text}>{letter.text}</p>
        <a href={letter.document} target="_blank" rel="noreferrer" className={classes.paper}>
          <Icon name="file" size={14} /> Open the PDF
        </a>
      </details>
    </li>
  );
}
