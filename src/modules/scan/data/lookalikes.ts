/**
 * Letters of other alphabets and small capitals that look like a Latin letter and have no decomposition to it
 * (Greek and Cyrillic lower case, phonetic small capitals). Written for this project: what is seen in evasions.
 */
export const LOOKALIKES: readonly (readonly [letter: string, shapes: string])[] = [
  ['a', 'аαᴀɑ'],
  ['b', 'ƅвʙƀ'],
  ['c', 'сϲᴄ'],
  ['d', 'ԁᴅđ'],
  ['e', 'еᴇɛ'],
  ['f', 'ꜰƒ'],
  ['g', 'ɡɢ'],
  ['h', 'һнʜħ'],
  ['i', 'іιɪıӏ'],
  ['j', 'јᴊ'],
  ['k', 'кκᴋ'],
  ['l', 'ʟł'],
  ['m', 'мᴍ'],
  ['n', 'ոɴη'],
  ['o', 'оοᴏøօ'],
  ['p', 'рρᴘ'],
  ['q', 'ԛ'],
  ['r', 'ʀг'],
  ['s', 'ѕꜱ'],
  ['t', 'тτᴛŧ'],
  ['u', 'υᴜս'],
  ['v', 'νᴠѵ'],
  ['w', 'ԝᴡω'],
  ['x', 'хχ'],
  ['y', 'уʏγ'],
  ['z', 'ᴢʐ'],
];
