import { useTranslation } from 'react-i18next';
import type { compareWords } from '#watch/contract';
import type { RouteReply } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { listComma } from '../../app/punctuation.ts';
import { StatusTag } from '../../ui/status-tag.tsx';
import type { Word } from './word-edits.ts';

type Difference = RouteReply<typeof compareWords>;

/** What differs between two lists, term by term. */
export function WordDifference({ difference }: { difference: Difference }) {
  const { t } = useTranslation();
  const { added, changed, removed, counts } = difference;
  if (counts.added + counts.changed + counts.removed === 0) return <p>{t('wordWork.none')}</p>;
  const isCut =
    added.length < counts.added || changed.length < counts.changed || removed.length < counts.removed;
  return (
    <>
      <p className="jd-num">{t('wordWork.counts', counts)}</p>
      {isCut ? <p className="jd-faint">{t('wordWork.shownFirst')}</p> : null}
      <ul className="jd-todo">
        {added.map((word) => (
          <li key={`+${word.category} ${word.term}`} className="jd-todo__item">
            <StatusTag tone="ok">{t('wordWork.toAdd')}</StatusTag>
            <WordLine word={word} />
          </li>
        ))}
        {changed.map(({ before, after }) => (
          <li key={`~${after.category} ${after.term}`} className="jd-todo__item">
            <StatusTag tone="warn">{t('wordWork.toChange')}</StatusTag>
            <span className="jd-todo__words">
              <del className="jd-faint">
                <WordLine word={before} />
              </del>
              <br />
              <WordLine word={after} />
            </span>
          </li>
        ))}
        {removed.map((word) => (
          <li key={`-${word.category} ${word.term}`} className="jd-todo__item">
            <StatusTag tone="danger">{t('wordWork.toRemove')}</StatusTag>
            <WordLine word={word} />
          </li>
        ))}
      </ul>
    </>
  );
}

function WordLine({ word }: { word: Word }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const parts = [
    words('wordCategory', word.category),
    words('wordTier', word.tier),
    word.allow.length === 0 ? '' : `${t('wordlist.allow')} ${word.allow.join(listComma())}`,
    word.expires === undefined ? '' : `${t('wordWork.expires')} ${word.expires}`,
    word.pinyin === undefined ? '' : t(word.pinyin ? 'wordWork.pinyin' : 'wordWork.noPinyin'),
    word.note ?? '',
  ];
  return (
    <span className="jd-todo__words jd-break">
      {word.term} <span className="jd-faint">{parts.filter((part) => part !== '').join(' · ')}</span>
    </span>
  );
}
