import { useMemo } from 'react';
import { cutAround, type TextMark } from './marked-text.ts';
import { RawText } from './raw-text.tsx';

interface SourceViewProps {
  readonly text: string;
  readonly marks: readonly TextMark[];
  /** Characters kept on each side of the first mark; the rest is cut, so a huge page stays readable. */
  readonly around?: number;
  readonly label: string;
}

/** Text of a page as it was sent, never interpreted, with the exact places marked. */
export function SourceView({ text, marks, around = 1200, label }: SourceViewProps) {
  const pieces = useMemo(() => cutAround(text, marks, around), [text, marks, around]);
  return (
    <RawText label={label}>
      {pieces.map((piece) =>
        piece.marked ? (
          <mark key={piece.start}>{piece.text}</mark>
        ) : (
          <span key={piece.start}>{piece.text}</span>
        ),
      )}
    </RawText>
  );
}
