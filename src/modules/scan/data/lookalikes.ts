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

/**
 * Radicals of which Unicode says no decomposition, and the characters that they are drawn as (both in one order).
 * Browsers write them into the text layer of a PDF that they print, for any font that draws the two alike.
 */
export const RADICALS =
  '⺁⺒⺓⺝⺠⺡⺮⺰⺼⺾⻁⻄⻅⻆⻈⻉⻋⻐⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻱';
export const OF_RADICALS =
  '厂巳幺月民氵竹纟肉艹虎西见角讠贝车钅長长门雨青韦页风飞食饣马骨鬼鱼鸟卤麦黄黾齐齿龙龜';
