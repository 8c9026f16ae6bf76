import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getResponsible } from '#units/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { spanText } from './person-posts.tsx';
import './people.css';

/** Who held which post of a unit on a day, as known now or at the end of another day. */
export function Responsible({ unitId }: { unitId: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const [on, setOn] = useState('');
  const [known, setKnown] = useState('');
  const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text);
  const asked = {
    ...(isDay(on) ? { on } : {}),
    ...(isDay(known) ? { knownAt: new Date(`${known}T23:59:59+08:00`).toISOString() } : {}),
  };
  const query = useQuery({
    queryKey: ['people', 'responsible', unitId, asked],
    queryFn: ({ signal }) => call(getResponsible, { params: { id: unitId }, query: asked }, { signal }),
  });
  return (
    <Panel title={t('posts.responsible')}>
      <Form layout="vertical" style={{ display: 'flex', gap: 16, flexWrap: 'wrap' }}>
        <Form.Item label={t('posts.responsibleOn')} htmlFor="responsible-on" style={{ marginBottom: 12 }}>
          <Input id="responsible-on" type="date" value={on} onChange={(event) => setOn(event.target.value)} />
        </Form.Item>
        <Form.Item
          label={t('posts.responsibleKnownAt')}
          htmlFor="responsible-known"
          extra={t('posts.responsibleKnownHelp')}
          style={{ marginBottom: 12 }}
        >
          <Input
            id="responsible-known"
            type="date"
            value={known}
            onChange={(event) => setKnown(event.target.value)}
          />
        </Form.Item>
      </Form>
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="jd-faint">{t('posts.responsibleEmpty')}</p>
          ) : (
            <ul className="jd-plain-list">
              {items.map((one) => (
                <li key={one.id} style={{ padding: '4px 0' }}>
                  <strong>{words('post', one.post)}</strong>{' '}
                  <Link to="/people/$id" params={{ id: one.personId }}>
                    {one.personName}
                  </Link>{' '}
                  <span className="jd-faint jd-num">{spanText(t as never, one)}</span>
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Panel>
  );
}
