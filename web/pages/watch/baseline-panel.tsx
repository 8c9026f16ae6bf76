import { CheckOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { acceptBaseline, getBaseline } from '#watch/contract';
import { call } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { HomePictures, useHomePictures } from './home-pictures.tsx';

/** How the home page looks when it is right, and how it was seen last. Nothing before the first whole check. */
export function BaselinePanel({ siteId }: { siteId: string }) {
  const { t } = useTranslation();
  const can = useCan();
  const query = useQuery({
    queryKey: ['baseline', siteId],
    queryFn: ({ signal }) => call(getBaseline, { params: { id: siteId } }, { signal }),
    retry: false,
  });
  const baseline = query.data;
  if (!baseline) return null;
  return (
    <Panel title={t('crawl.baseline')} extra={can('findings.judge') ? <Accept siteId={siteId} /> : null}>
      <p className="jd-faint">{t('crawl.baselineHint')}</p>
      <Facts
        items={[
          [t('crawl.learned'), baseline.learned < 3 ? t('crawl.learning') : baseline.learned],
          [
            t('crawl.known'),
            <span key="known" className="jd-break">
              {baseline.look.title || '—'}
            </span>,
          ],
          [
            t('crawl.latest'),
            <span key="latest" className="jd-break">
              {baseline.latest.title || '—'}
            </span>,
          ],
          [t('crawl.shared'), `${Math.round(baseline.shared * 100)} %`],
          [t('crawl.scriptsPart'), baseline.latest.scripts.join('、') || '—'],
          [t('crawl.acceptedBy'), baseline.acceptedBy],
          [t('crawl.reason'), baseline.reason],
        ]}
      />
      <HomePictures siteId={siteId} />
    </Panel>
  );
}

function Accept({ siteId }: { siteId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  // What is accepted is the picture that was looked at, also when another is drawn meanwhile.
  const shown = useHomePictures(siteId).data?.items.find((one) => one.hasPicture);
  return (
    <FormDrawer label={t('crawl.accept')} icon={<CheckOutlined aria-hidden="true" />}>
      {(close) => (
        <SchemaForm
          schema={acceptBaseline.body!.pick({ reason: true })}
          fields={{ reason: { label: t('crawl.reason'), help: t('crawl.acceptHelp') } }}
          submitLabel={t('crawl.acceptTitle')}
          onCancel={close}
          onSubmit={async (body) => {
            const pictureId = shown ? { pictureId: shown.id } : {};
            await call(acceptBaseline, { params: { id: siteId }, body: { ...body, ...pictureId } });
            await client.invalidateQueries({ queryKey: ['baseline', siteId] });
            await client.invalidateQueries({ queryKey: ['home-pictures', siteId] });
            void message.success(t('crawl.accepted'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
