import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getWall, type Tile, tileState } from '#watch/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { toneOf } from '../../app/tones.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { toneIcon } from '../../ui/status-tag.tsx';
import './wall.css';

/** Every website as a tile, by county, the worst first; it follows what happens. */
export function WallPage() {
  const { t } = useTranslation();
  const [state, choose] = useState<Tile['state']>();
  const query = useQuery({
    // Under `sites`, so that events of probes, checks and findings refresh it.
    queryKey: ['sites', 'wall', state],
    queryFn: ({ signal }) =>
      call(getWall, { query: { pageSize: 1000, ...(state ? { state } : {}) } }, { signal }),
    placeholderData: (before) => before,
  });
  return (
    <>
      <PageHeader
        title={t('siteWatch.wall')}
        description={t('siteWatch.wallHint')}
        actions={<Link to="/watch/settings">{t('watchSettings.title')}</Link>}
      />
      <QueryView query={query} rows={8}>
        {(wall) => (
          <>
            <StateFilter counts={wall.counts} chosen={state} onChoose={choose} />
            {wall.items.length < wall.total || wall.capped ? (
              <p className="jd-faint">{t('siteWatch.capped', { shown: wall.items.length })}</p>
            ) : null}
            {wall.items.length === 0 ? (
              <EmptyState title={t('siteWatch.wallEmpty')} hint={t('siteWatch.wallEmptyHint')} />
            ) : (
              byCounty(wall.items).map(([county, tiles]) => (
                <Panel
                  key={county}
                  title={county || t('siteWatch.noCounty')}
                  extra={<span className="jd-faint jd-num">{tiles.length}</span>}
                >
                  <ul className="jd-wall__tiles">
                    {tiles.map((tile) => (
                      <WallTile key={tile.id} tile={tile} />
                    ))}
                  </ul>
                </Panel>
              ))
            )}
          </>
        )}
      </QueryView>
    </>
  );
}

interface FilterProps {
  readonly counts: Readonly<Record<Tile['state'], number>>;
  readonly chosen: Tile['state'] | undefined;
  readonly onChoose: (state: Tile['state'] | undefined) => void;
}

function StateFilter({ counts, chosen, onChoose }: FilterProps) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <div className="jd-wall__states">
      <Button aria-pressed={chosen === undefined} onClick={() => onChoose(undefined)}>
        {t('siteWatch.all', { count: all })}
      </Button>
      {['faulty', 'down', 'unseen', 'unknown', 'warn', 'ok']
        .filter((state): state is Tile['state'] => tileState.safeParse(state).success)
        .map((state) => (
          <Button
            key={state}
            aria-pressed={chosen === state}
            type={chosen === state ? 'primary' : 'default'}
            icon={<span aria-hidden="true">{toneIcon(toneOf('tileState', state))}</span>}
            onClick={() => onChoose(chosen === state ? undefined : state)}
          >
            {words('tileState', state)} {counts[state]}
          </Button>
        ))}
    </div>
  );
}

function WallTile({ tile }: { tile: Tile }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const tone = toneOf('tileState', tile.state);
  const parts = [
    words('tileState', tile.state),
    tile.result && tile.result !== 'ok' ? words('probeResult', tile.result) : '',
    tile.result === null && tile.state !== 'unknown' ? t('siteWatch.notProbed') : '',
    tile.openFindings > 0 ? t('siteWatch.findings', { count: tile.openFindings }) : '',
    tile.unreadPages > 0 ? t('siteWatch.unreadPages', { count: tile.unreadPages }) : '',
  ].filter(Boolean);
  const label = t('siteWatch.tileLabel', { name: tile.name, unit: tile.unitName, state: parts.join('，') });
  return (
    <li>
      <Link
        to="/sites/$id"
        params={{ id: tile.id }}
        preload={false}
        className={`jd-wall__tile jd-tag--${tone === 'waiting' ? 'warn' : tone}`}
        aria-label={label}
        title={label}
      >
        <span aria-hidden="true">{toneIcon(tone)}</span>
      </Link>
    </li>
  );
}

/** Counties in the order of their worst site; tiles keep the server's order. */
function byCounty(tiles: readonly Tile[]): [string, Tile[]][] {
  const groups = new Map<string, Tile[]>();
  for (const tile of tiles) {
    const county = tile.countyName ?? '';
    const group = groups.get(county);
    if (group) group.push(tile);
    else groups.set(county, [tile]);
  }
  return [...groups];
}
