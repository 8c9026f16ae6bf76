/** Signing rules of the channels. All are HMAC-SHA256; they differ in what is key and what is text. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Ours, for webhooks: over `timestamp.body` (Unix seconds), hex. The receiver refuses old timestamps and seen ids. */
export function signWebhook(secret: string, timestamp: number, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}

/** DingTalk: key is the secret, text is `timestamp\nsecret` (milliseconds); base64, in the address. */
export function signDingtalk(secret: string, timestamp: number): string {
  return createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
}

/** Feishu: key is `timestamp\nsecret` (seconds), the text is empty; base64, in the body. */
export function signFeishu(secret: string, timestamp: number): string {
  return createHmac('sha256', `${timestamp}\n${secret}`).digest('base64');
}

/** Whether a delivery report was signed with the channel's key. */
export function isReportSigned(
  secret: string,
  report: { timestamp: number; message: string; status: string; signature: string },
): boolean {
  if (secret === '') return false;
  const wanted = signWebhook(secret, report.timestamp, `${report.message}.${report.status}`);
  return timingSafeEqual(Buffer.from(wanted, 'hex'), Buffer.from(report.signature, 'hex'));
}
