/** What a receipt for a forwarded segment is signed over. Pure. */
import { type KeyObject, sign, verify } from 'node:crypto';

export interface ReceiptFacts {
  readonly installation: string;
  readonly chainSeq: number;
  readonly link: string;
  readonly city: string;
  readonly receivedAt: string;
}

function receiptText({ installation, chainSeq, link, city, receivedAt }: ReceiptFacts): Buffer {
  return Buffer.from(`jiaodun/logs/receipt\n${city}\n${installation}\n${chainSeq}\n${link}\n${receivedAt}\n`);
}

export function signReceipt(facts: ReceiptFacts, key: KeyObject): Buffer {
  return sign(null, receiptText(facts), key);
}

export function verifyReceipt(facts: ReceiptFacts, signature: Uint8Array, key: KeyObject): boolean {
  return verify(null, receiptText(facts), key, signature);
}
