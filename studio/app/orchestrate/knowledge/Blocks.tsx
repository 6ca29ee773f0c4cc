/** An article's text as it reads: headings, paragraphs, lists, and links that lead where they say. */
import type { ArticleBlock, ArticlePiece } from "@api/__generated__/schema";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import classes from "./Knowledge.module.css";

const ARTICLE = "article:";

export function Blocks({ blocks }: { blocks: ArticleBlock[] }) {
  return (
    <div className={classes.article}>
      {blocks.map((block, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of one version never move
        <Block key={at} block={block} />
      ))}
    </div>
  );
}

function Block({ block }: { block: ArticleBlock }) {
  const words = <Pieces pieces={block.pieces} />;
  switch (block.kind) {
    case "heading":
      return block.level === 2 ? <h3>{words}</h3> : <h4>{words}</h4>;
    case "item":
      return (
        <p className={classes.item} data-depth={Math.min(block.level, 3)}>
          <span>{block.number ? `${block.number}.` : "•"}</span>
          <span>{words}</span>
        </p>
      );
    case "quote":
      return <blockquote>{words}</blockquote>;
    case "code":
      return (
        <pre>
          <code>{words}</code>
        </pre>
      );
    case "paragraph":
      return <p>{words}</p>;
  }
}

function Pieces({ pieces }: { pieces: ArticlePiece[] }) {
  return pieces.map((piece, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the runs of one text never move
    <Piece key={at} piece={piece} />
  ));
}

function Piece({ piece }: { piece: ArticlePiece }) {
  let words: ReactNode = piece.code ? <code>{piece.text}</code> : piece.text;
  if (piece.emphasis) words = <em>{words}</em>;
  if (piece.strong) words = <strong>{words}</strong>;
  if (!piece.link) return words;
  if (piece.link.startsWith(ARTICLE)) {
    return (
      <Link to="/knowledge/$name" params={{ name: piece.link.slice(ARTICLE.length) }}>
        {words}
      </Link>
    );
  }
  return (
    <a href={piece.link} target="_blank" rel="noreferrer">
      {words}
    </a>
  );
}
