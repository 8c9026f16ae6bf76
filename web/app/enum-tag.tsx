import { StatusTag } from '../ui/status-tag.tsx';
import { type EnumName, useEnumWords } from './enum-words.ts';
import { toneOf } from './tones.ts';

/** A value of a contract's enumeration as a tag: words, icon and tone. */
export function EnumTag({ name, value }: { name: EnumName; value: string }) {
  const words = useEnumWords();
  return <StatusTag tone={toneOf(name, value)}>{words(name, value)}</StatusTag>;
}
