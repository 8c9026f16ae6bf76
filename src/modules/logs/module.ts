import type { Module } from '#base/app';
import { moveOldSegments, moveProblems } from './archive/move-segments.ts';
import { carrySourceJob } from './carry-source.ts';
import { errors, permissions } from './contract.ts';
import { dropProblems, lookAtDropFolders } from './drop/scan-folders.ts';
import { makeExportJob } from './export-search.ts';
import { followMerge } from './follow-merge.ts';
import { Forwarder, forwardProblems } from './forward/send-segments.ts';
import { indexMissed, indexSegmentJob, indexWaitingJob, sweepIncoming } from './jobs.ts';
import { learnUsual } from './ledger/learn-rates.ts';
import { watchSources } from './ledger/watch-sources.ts';
import { anchorChains } from './prove/anchor-chains.ts';
import { readWaitingJob } from './read-waiting.ts';
import { Collector } from './receive/collector.ts';
import { redecodeJob, resumeRedecodes } from './redecode.ts';
import { proposeNightly } from './retention/propose-drop.ts';
import { dropJob, resumeDrops } from './retention/run-drop.ts';
import { routes } from './routes.ts';
import { stopWatching } from './tail/watch-lines.ts';
import { sweepUploads, takeUploadJob } from './take-upload.ts';
import { uploadRoutes } from './upload-routes.ts';

/** The resources of the collector process. */
let collector: Collector | null = null;
let forwarder: Forwarder | null = null;

export const logs: Module = {
  name: 'logs',
  things: {
    'log source': '日志源',
    'log segment': '封存段',
    'log gap': '日志缺口',
    'log hold': '日志冻结',
    'log certificate': '留存证明',
    'drop plan': '清除清单',
    record: '日志记录',
    upload: '上传',
  },
  errors,
  permissions,
  routes: [...routes, ...uploadRoutes],
  jobs: [
    carrySourceJob,
    dropJob,
    indexSegmentJob,
    indexWaitingJob,
    makeExportJob,
    readWaitingJob,
    redecodeJob,
    takeUploadJob,
  ],
  timers: [
    anchorChains,
    indexMissed,
    learnUsual,
    sweepIncoming,
    watchSources,
    lookAtDropFolders,
    moveOldSegments,
    proposeNightly,
    resumeDrops,
    resumeRedecodes,
    sweepUploads,
  ],
  on: [followMerge],
  start: async (app, role) => {
    if (role !== 'collector') return;
    const starting = new Collector(app);
    await starting.start();
    collector = starting;
    if (app.config.forwardTo === undefined) return;
    forwarder = new Forwarder(app);
    forwarder.start();
  },
  health: async (_app, role) => {
    if (role === 'worker') return { problems: [...dropProblems(), ...moveProblems()], figures: {} };
    if (role !== 'collector' || !collector) return null;
    const { problems, figures } = await collector.health();
    return { problems: [...problems, ...forwardProblems(forwarder)], figures };
  },
  stop: async (_app, role) => {
    if (role === 'web') stopWatching();
    if (role !== 'collector') return;
    await forwarder?.stop();
    forwarder = null;
    await collector?.stop();
    collector = null;
  },
};
