import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { dateMinute } from '../ui/moment.ts';
import { useServerNow } from '../ui/server-time.ts';
import { useMark } from './me.ts';

/** For tests only: axe cannot tell the contrast of text that lies under the mark. */
export const watermarkKey = 'jiaodun.watermark';

/** Who looks at this page, and when, faint over everything: a photo of the screen names its taker. */
export function Watermark() {
  const mark = useMark();
  const now = useServerNow();
  const pattern = useId();
  if (mark === '' || localStorage.getItem(watermarkKey) === 'off') return null;
  return (
    <svg className="jd-watermark" aria-hidden="true" focusable="false">
      <defs>
        <pattern
          id={pattern}
          width="280"
          height="190"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(-22)"
        >
          <text x="10" y="60">
            {mark}
          </text>
          <text x="10" y="82">
            {dateMinute(now)}
          </text>
        </pattern>
      </defs>
      <rect width="100%" height="100%" fill={`url(#${pattern})`} />
    </svg>
  );
}

/** The foot of every printed sheet: by whom, when. Not on screen. */
export function PrintFoot() {
  const { t } = useTranslation();
  const mark = useMark();
  const now = useServerNow();
  return (
    <div className="jd-print-foot" aria-hidden="true">
      {t('look.page')} · {t('look.printed', { mark, time: dateMinute(now) })}
    </div>
  );
}
