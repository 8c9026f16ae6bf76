import { useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';

/** Says what was done and makes all that shows allocations fresh. */
export function useDone(): (words: string) => Promise<void> {
  const client = useQueryClient();
  const { message } = App.useApp();
  return async (words) => {
    void message.success(words);
    const keys = ['allocations', 'prefixRequests', 'exitChecks', 'exitExceptions', 'realms', 'natRules'];
    await Promise.all(keys.map((key) => client.invalidateQueries({ queryKey: [key] })));
  };
}
