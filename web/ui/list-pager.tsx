import { Pagination } from 'antd';
import { useTranslation } from 'react-i18next';
import { type ListState, pageSizes } from './list-state.ts';

interface ListPagerProps {
  readonly state: ListState;
  readonly change: (next: Partial<ListState>) => void;
  readonly total: number;
  readonly capped: boolean;
  readonly isPhone: boolean;
}

/** How many there are, and the way to the other pages. */
export function ListPager({ state, change, total, capped, isPhone }: ListPagerProps) {
  const { t } = useTranslation();
  return (
    <div className="jd-list__pager">
      <span className="jd-faint jd-num">
        {capped
          ? t('list.totalMore', { count: total.toLocaleString('en') as unknown as number })
          : t('list.total', { count: total })}
      </span>
      <Pagination
        current={state.page}
        pageSize={state.size}
        total={total}
        simple={isPhone}
        showSizeChanger={!isPhone}
        pageSizeOptions={pageSizes}
        hideOnSinglePage={total <= 20}
        onChange={(page, size) => change(size === state.size ? { page } : { size, page: 1 })}
      />
    </div>
  );
}
