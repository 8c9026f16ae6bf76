/** The word list: its terms, versions, proposals for it, its import, and the test box. */
import { z } from 'zod';
import {
  idParams,
  importQuery,
  importReply,
  listOf,
  listQuery,
  route,
  type SheetSpec,
  sortBy,
  time,
} from '#base/contract';

export const wordTier = z.enum(['ban', 'context', 'review']);
export const word = z.object({
  term: z.string().trim().min(1).max(32),
  category: z.string().trim().min(1).max(40),
  tier: wordTier,
  allow: z.array(z.string().max(60)).default([]),
  note: z.string().max(200).optional(),
  /** The last day on which it counts. */
  expires: z.iso.date().optional(),
  /** Look for the same sound too; without it only terms of four characters and more; false: never. */
  pinyin: z.boolean().optional(),
});

/** A term is known by itself and its category: one may stand in two. */
export const wordKey = z.object({ term: z.string().max(32), category: z.string().max(40) });

const versionFacts = {
  version: z.number().int(),
  source: z.string(),
  changedAt: time,
  changedBy: z.string(),
  /** Who agreed; null for what needed nobody else. */
  approvedBy: z.string().nullable(),
  note: z.string().nullable(),
};
export const wordList = z.object({ ...versionFacts, words: z.array(word) });

export const getWordList = route({
  method: 'GET',
  path: '/api/words',
  summary: 'The word list in force, without terms whose time is over.',
  access: 'words.read',
  reply: wordList,
});

export const wordSummary = route({
  method: 'GET',
  path: '/api/words/summary',
  summary: 'The version in force, how many terms it has by category, and how many proposals wait.',
  access: 'words.read',
  reply: z.object({
    ...versionFacts,
    total: z.number().int(),
    expired: z.number().int(),
    waiting: z.number().int(),
    categories: z.array(z.object({ category: z.string(), count: z.number().int() })),
  }),
});

export const listWords = route({
  method: 'GET',
  path: '/api/words/terms',
  summary: 'Terms of the version in force.',
  access: 'words.read',
  query: listQuery.extend({
    sort: sortBy('term', 'category'),
    category: z.string().max(40).optional(),
    tier: wordTier.optional(),
    expired: z.enum(['true', 'false']).optional(),
  }),
  reply: listOf(word),
});

export const wordProposalState = z.enum(['proposed', 'approved', 'refused', 'withdrawn']);

export const wordProposal = z.object({
  id: z.uuid(),
  basedOn: z.number().int(),
  note: z.string(),
  added: z.number().int(),
  changed: z.number().int(),
  removed: z.number().int(),
  /** In force without a second person: only terms that put a page before a person (tier `review`). */
  immediate: z.boolean(),
  state: wordProposalState,
  proposedBy: z.string(),
  proposedAt: time,
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
  decisionNote: z.string().nullable(),
  version: z.number().int().nullable(),
  mayDecide: z.boolean(),
  mayWithdraw: z.boolean(),
});

const changes = {
  upserts: z.array(word).max(100_000).default([]),
  removals: z.array(wordKey).max(100_000).default([]),
};

export const proposeWords = route({
  method: 'POST',
  path: '/api/words/proposals',
  summary: 'Proposes changes of the word list; another person puts them in force.',
  access: 'words.write',
  maxBytes: 64 * 1024 * 1024,
  body: z.object({ basedOn: z.number().int().min(0), note: z.string().trim().min(2).max(500), ...changes }),
  reply: wordProposal,
});

export const rollBackWords = route({
  method: 'POST',
  path: '/api/words/rollbacks',
  summary: 'Proposes to go back to a former version; another person puts it in force.',
  access: 'words.write',
  body: z.object({ version: z.number().int().min(0), note: z.string().trim().min(2).max(500) }),
  reply: wordProposal,
});

export const listWordProposals = route({
  method: 'GET',
  path: '/api/words/proposals',
  summary: 'Proposals for the word list, waiting ones first.',
  access: 'words.read',
  query: listQuery.extend({ state: wordProposalState.optional() }),
  reply: listOf(wordProposal),
});

/** At most a thousand of each kind are shown; the counts are whole. */
const difference = z.object({
  added: z.array(word),
  removed: z.array(word),
  changed: z.array(z.object({ before: word, after: word })),
  counts: z.object({ added: z.number().int(), removed: z.number().int(), changed: z.number().int() }),
});

export const getWordProposal = route({
  method: 'GET',
  path: '/api/words/proposals/:id',
  summary: 'One proposal with what it changes, compared with the version that it was based on.',
  access: 'words.read',
  params: idParams,
  reply: wordProposal.extend(difference.shape),
});

export const decideWords = route({
  method: 'POST',
  path: '/api/words/proposals/:id/decision',
  summary: 'Puts a proposal in force or refuses it with the reason; never the one who proposed it.',
  access: 'words.approve',
  params: idParams,
  body: z.object({ approve: z.boolean(), note: z.string().trim().max(500).optional() }),
  reply: wordProposal,
});

export const withdrawWords = route({
  method: 'POST',
  path: '/api/words/proposals/:id/withdrawal',
  summary: 'Takes one’s own proposal back.',
  access: 'words.write',
  params: idParams,
  reply: wordProposal,
});

export const wordVersion = z.object({
  ...versionFacts,
  terms: z.number().int(),
  added: z.number().int(),
  changed: z.number().int(),
  removed: z.number().int(),
});

export const listWordVersions = route({
  method: 'GET',
  path: '/api/words/versions',
  summary: 'Versions of the word list, newest first.',
  access: 'words.read',
  query: listQuery,
  reply: listOf(wordVersion),
});

export const compareWords = route({
  method: 'GET',
  path: '/api/words/difference',
  summary: 'What differs between two versions.',
  access: 'words.read',
  query: z.object({ from: z.coerce.number().int().min(0), to: z.coerce.number().int().min(0) }),
  reply: difference,
});

export const importWords = route({
  method: 'POST',
  path: '/api/import/words',
  summary: 'Reads terms from .xlsx or .csv into one proposal.',
  access: 'words.write',
  query: importQuery,
  accepts: 'stream',
  reply: importReply,
});

export const wordSheet: SheetSpec = {
  kind: 'words',
  zh: '词表',
  fields: [
    { key: 'term', zh: '词语', en: 'Term', required: true, example: '示例违禁词' },
    { key: 'category', zh: '类别', en: 'Category', required: true, example: 'gambling' },
    {
      key: 'tier',
      zh: '级别',
      en: 'Tier',
      required: true,
      example: '禁止',
      choices: [
        { value: 'ban', zh: '禁止', also: '禁用' },
        { value: 'context', zh: '看上下文', also: '看语境' },
        { value: 'review', zh: '人工复核', also: '人工核对' },
      ],
    },
    {
      key: 'allow',
      zh: '不算命中的说法',
      en: 'Allowed phrases',
      required: false,
      example: '反赌博|禁止赌博',
    },
    { key: 'expires', zh: '有效至', en: 'Expires', required: false, example: '2027-06-30' },
    { key: 'pinyin', zh: '查同音', en: 'Same sound too', required: false, example: '是' },
    { key: 'note', zh: '备注', en: 'Note', required: false, example: '' },
  ],
};

export const wordHit = z.object({
  rule: z.string(),
  severity: z.string(),
  text: z.string(),
  start: z.number().int(),
  end: z.number().int(),
  context: z.string(),
  view: z.string(),
  suppressed: z.string().nullable(),
});

export const testWords = route({
  method: 'POST',
  path: '/api/words/test',
  summary:
    'Scans a text or a piece of HTML with the list in force, with changes of it, or with words of one’s own.',
  access: 'words.read',
  maxBytes: 8 * 1024 * 1024,
  body: z.object({
    text: z.string().max(200_000),
    html: z.boolean().default(false),
    words: z.array(word).max(100_000).optional(),
    changes: z.object(changes).optional(),
  }),
  reply: z.object({ hits: z.array(wordHit) }),
});

export const wordPermissions = {
  'words.read': { zh: '查看词表', en: 'Read the word list' },
  'words.write': {
    zh: '提出词表修改、修改巡查设置',
    en: 'Propose changes of the word list; change the settings of checks',
  },
  'words.approve': { zh: '批准词表修改', en: 'Put the word list in force' },
} as const;

export const wordErrors = {
  'watch.stale_word_list': {
    status: 409,
    zh: '词表已被 {by} 改为第 {version} 版，请刷新后再改',
    en: 'The list was changed to version {version} by {by}; reload first',
  },
  'watch.word_changed_since': {
    status: 409,
    zh: '提出以后，词语“{term}”已被别的版本改过；请撤回，重新提出',
    en: 'The term "{term}" was changed by another version since; withdraw and propose again',
  },
  'watch.no_word_change': {
    status: 409,
    zh: '没有任何改动：与现行词表相同',
    en: 'Nothing changes: the list in force says the same',
  },
  'watch.too_many_words': {
    status: 409,
    zh: '词表最多 100000 条，这样会有 {count} 条',
    en: 'The list holds 100,000 terms at most; this would make {count}',
  },
  'watch.own_words': {
    status: 409,
    zh: '自己提出的词表修改要由另一个人批准',
    en: 'Another person approves changes that you proposed',
  },
  'watch.words_decided': {
    status: 409,
    zh: '这项修改已是“{now}”状态',
    en: 'This proposal is already {now}',
  },
  'watch.reason_needed': {
    status: 400,
    zh: '不同意时请写明理由（至少 2 个字）',
    en: 'Give the reason for refusing (at least 2 characters)',
  },
  'watch.bad_word_cell': {
    status: 400,
    zh: '“{value}”不能用：{reason}',
    en: '"{value}" cannot be used: {reason}',
  },
} as const;
