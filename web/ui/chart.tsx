import { Button } from 'antd';
import type { EChartsCoreOption } from 'echarts/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.tsx';

export interface ChartPoint {
  readonly label: string;
  readonly value: number;
}

interface ChartProps {
  readonly title: string;
  readonly kind: 'bar' | 'line';
  readonly points: readonly ChartPoint[];
  readonly labelHeader: string;
  readonly valueHeader: string;
  readonly height?: number;
  /** A bar, or its row in the table, was chosen. */
  readonly onPick?: (index: number) => void;
}

/** A chart with the same figures as a table under it, behind a disclosure: for readers and for copying. */
export function Chart({ title, kind, points, labelHeader, valueHeader, height = 180, onPick }: ChartProps) {
  const { t } = useTranslation();
  const { appearance } = usePreferences();
  const box = useRef<HTMLDivElement>(null);
  const pick = useRef(onPick);
  pick.current = onPick;

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let stopped = false;
    let dispose = () => {};
    void import('./chart-engine.ts').then(({ echarts }) => {
      if (stopped) return;
      const chart = echarts.init(element, appearance === 'dark' ? 'dark' : null);
      chart.setOption(optionFor(kind, points, appearance === 'dark'));
      chart.getZr().on('click', ({ offsetX, offsetY }) => {
        if (!chart.containPixel('grid', [offsetX, offsetY])) return;
        const [index] = chart.convertFromPixel({ seriesIndex: 0 }, [offsetX, offsetY]) as number[];
        if (index !== undefined && points[index]) pick.current?.(index);
      });
      const observer = new ResizeObserver(() => chart.resize());
      observer.observe(element);
      dispose = () => {
        observer.disconnect();
        chart.dispose();
      };
    });
    return () => {
      stopped = true;
      dispose();
    };
  }, [kind, points, appearance]);

  return (
    <figure style={{ margin: 0 }}>
      <figcaption className="jd-faint" style={{ marginBottom: 4 }}>
        {title}
      </figcaption>
      <div ref={box} style={{ height }} aria-hidden="true" />
      <details>
        <summary>{t('chart.table')}</summary>
        <table className="jd-num" style={{ marginTop: 8 }}>
          <thead>
            <tr>
              <th scope="col">{labelHeader}</th>
              <th scope="col">{valueHeader}</th>
            </tr>
          </thead>
          <tbody>
            {points.map((point, index) => (
              <tr key={point.label}>
                <td style={{ paddingInlineEnd: 24 }}>
                  {onPick ? (
                    <Button type="link" size="small" onClick={() => onPick(index)}>
                      {point.label}
                    </Button>
                  ) : (
                    point.label
                  )}
                </td>
                <td style={{ textAlign: 'end' }}>{point.value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

function optionFor(kind: 'bar' | 'line', points: readonly ChartPoint[], isDark: boolean): EChartsCoreOption {
  return {
    backgroundColor: 'transparent',
    animation: false,
    color: [isDark ? '#69b1ff' : '#0958d9'],
    grid: { left: 8, right: 8, top: 12, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    // Rich text is drawn on the canvas; the HTML tooltip carries style attributes, which the CSP blocks.
    tooltip: { trigger: 'axis', renderMode: 'richText' },
    xAxis: { type: 'category', data: points.map((point) => point.label), axisTick: { show: false } },
    yAxis: { type: 'value', minInterval: 1 },
    series: [{ type: kind, data: points.map((point) => point.value), barMaxWidth: 28, smooth: false }],
  };
}
