import { crc32, deflateSync } from 'node:zlib';

/** A file to upload, and what its record must say. */
export interface DemoFile {
  name: string;
  contentType: string;
  bytes: Buffer;
  image?: { width: number; height: number; format: string };
}

export const demoFiles: DemoFile[] = [
  {
    name: 'gradient.png',
    contentType: 'image/png',
    bytes: gradientPng(320, 200),
    image: { width: 320, height: 200, format: 'png' },
  },
  {
    name: '报告 第1页+附件.txt',
    contentType: 'text/plain',
    bytes: Buffer.from('上传回调\n', 'utf8'),
  },
  { name: 'empty.bin', contentType: 'application/octet-stream', bytes: Buffer.alloc(0) },
];

/** A real PNG, made on the spot: 8 bits per channel, RGB, one filter byte before each row. */
function gradientPng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      rows.set([(x * 255) / width, (y * 255) / height, 160], y * (1 + width * 3) + 1 + x * 3);
    }
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(typed.byteLength + 8);
  framed.writeUInt32BE(data.byteLength, 0);
  framed.set(typed, 4);
  framed.writeUInt32BE(crc32(typed), typed.byteLength + 4);
  return framed;
}
