// What the page itself says, in Russian and English, and how it writes times and sizes. The bot's words are not here.

const RU = {
  title: "Песочница Telegram", bot: "бот", sandbox: "песочница",
  offline: "нет связи с песочницей, переподключаюсь…", loading: "открываю чат…",
  placeholder: "Сообщение", send: "Отправить", attach: "Прикрепить", commands: "Команды бота", menu: "Меню",
  start: "Начать", welcome: "Что умеет этот бот?", welcomeText: "Нажмите «Начать», и бот ответит. Всё происходит на этом компьютере: деньги и звёзды здесь тестовые.",
  toBottom: "Вниз, к последнему сообщению", newMessages: "новых сообщений: {n}",
  typing: "печатает", upload_photo: "отправляет фото", record_video: "записывает видео", upload_video: "отправляет видео",
  record_voice: "записывает голос", upload_voice: "отправляет голос", upload_document: "отправляет файл",
  record_video_note: "записывает видео", upload_video_note: "отправляет видео", choose_sticker: "выбирает стикер", find_location: "ищет место",
  today: "Сегодня", yesterday: "Вчера", edited: "изменено", you: "Вы",
  photo: "Фото", video: "Видео", audio: "Аудио", voice: "Голосовое сообщение", file: "Файл", album: "Альбом",
  open: "Открыть", download: "Скачать", close: "Закрыть", previous: "Предыдущее", next: "Следующее",
  play: "Слушать", pause: "Пауза", position: "Место записи", mediaGone: "файл не открывается",
  photoItem: "Фото", videoItem: "Видео", audioItem: "Аудио", fileItem: "Файл", asFile: "Отправить без сжатия, файлом",
  caption: "Подпись", cancel: "Отмена", sendFiles: "Отправить: {n}", dropHere: "Отпустите, чтобы отправить", sending: "отправляю…",
  copied: "Скопировано", copy: "Скопировать", spoiler: "Скрытый текст, показать", notHere: "Песочница таких кнопок не нажимает",
  noAnswer: "Бот пока не ответил на нажатие", notSent: "Не отправлено", noLine: "Нет связи с песочницей",
  ok: "Понятно", pay: "Оплатить ⭐ {n}", payAgain: "Оплатить ещё раз ⭐ {n}", invoice: "Счёт",
  testStars: "тестовые звёзды, настоящих денег нет", paying: "жду ответа бота…", paid: "Оплачено", notPaid: "Оплата не прошла", alreadyPaid: "этот счёт уже оплачен",
  paidLine: "Вы заплатили боту ⭐ {n}", refundLine: "Бот вернул вам ⭐ {n}", otherMessage: "сообщение, которого песочница не показывает",
  people: "Кто пишет боту", addPerson: "Добавить человека", name: "Имя", language: "Язык", add: "Добавить",
  block: "Заблокировать бота", unblock: "Разблокировать бота", blocked: "бот заблокирован", blockedLine: "Бот заблокирован: он не может вам писать",
  faults: "Что умеет песочница",
  faultsText: "Это Telegram, который живёт на вашем компьютере. Он умеет ломаться по заказу: выберите вызов бота и беду, и посмотрите, как бот из неё выйдет.",
  active: "Сейчас включено", none: "Ничего: всё отвечает исправно.", clear: "Выключить всё", method: "Вызов", fault: "Беда",
  times: "Сколько раз (0: пока не выключат)", seconds: "Секунд", turnOn: "Включить", anyMethod: "любой вызов", left: "осталось: {n}", untilCleared: "пока не выключат",
  delivery: "Доставка боту", webhook: "вебхук", polling: "бот забирает сам (getUpdates)", pending: "ждут доставки: {n}", lastError: "последняя ошибка: {text}",
};

const EN = {
  title: "Telegram sandbox", bot: "bot", sandbox: "sandbox",
  offline: "no connection to the sandbox, reconnecting…", loading: "opening the chat…",
  placeholder: "Message", send: "Send", attach: "Attach", commands: "Bot commands", menu: "Menu",
  start: "Start", welcome: "What can this bot do?", welcomeText: "Press “Start” and the bot will answer. Everything happens on this computer: money and stars are for testing.",
  toBottom: "Down to the last message", newMessages: "new messages: {n}",
  typing: "typing", upload_photo: "sending a photo", record_video: "recording a video", upload_video: "sending a video",
  record_voice: "recording voice", upload_voice: "sending voice", upload_document: "sending a file",
  record_video_note: "recording a video", upload_video_note: "sending a video", choose_sticker: "choosing a sticker", find_location: "looking for a place",
  today: "Today", yesterday: "Yesterday", edited: "edited", you: "You",
  photo: "Photo", video: "Video", audio: "Audio", voice: "Voice message", file: "File", album: "Album",
  open: "Open", download: "Download", close: "Close", previous: "Previous", next: "Next",
  play: "Play", pause: "Pause", position: "Position", mediaGone: "the file does not open",
  photoItem: "Photo", videoItem: "Video", audioItem: "Audio", fileItem: "File", asFile: "Send uncompressed, as a file",
  caption: "Caption", cancel: "Cancel", sendFiles: "Send: {n}", dropHere: "Drop to send", sending: "sending…",
  copied: "Copied", copy: "Copy", spoiler: "Hidden text, show", notHere: "The sandbox does not press such buttons",
  noAnswer: "The bot has not answered the tap yet", notSent: "Not sent", noLine: "No connection to the sandbox",
  ok: "OK", pay: "Pay ⭐ {n}", payAgain: "Pay once more ⭐ {n}", invoice: "Invoice",
  testStars: "test stars, no real money", paying: "waiting for the bot…", paid: "Paid", notPaid: "The payment did not go through", alreadyPaid: "this invoice is paid already",
  paidLine: "You paid the bot ⭐ {n}", refundLine: "The bot gave you ⭐ {n} back", otherMessage: "a message that the sandbox does not show",
  people: "Who writes to the bot", addPerson: "Add a person", name: "Name", language: "Language", add: "Add",
  block: "Block the bot", unblock: "Unblock the bot", blocked: "the bot is blocked", blockedLine: "The bot is blocked: it cannot write to you",
  faults: "What the sandbox can do",
  faultsText: "This is a Telegram that lives on your computer. It can fail on request: choose a call of the bot and a trouble, and watch how the bot gets out of it.",
  active: "Switched on now", none: "Nothing: everything answers well.", clear: "Switch all off", method: "Call", fault: "Trouble",
  times: "How many times (0: until switched off)", seconds: "Seconds", turnOn: "Switch on", anyMethod: "any call", left: "left: {n}", untilCleared: "until switched off",
  delivery: "Delivery to the bot", webhook: "webhook", polling: "the bot fetches itself (getUpdates)", pending: "waiting for delivery: {n}", lastError: "last error: {text}",
};

let words = RU;
let locale = "ru";

/** The page speaks the person's language: Russian for `ru` and its neighbours, English for the rest. */
export function speak(languageCode) {
  locale = /^(ru|uk|be|kk)/.test(languageCode || "ru") ? "ru" : "en";
  words = locale === "ru" ? RU : EN;
  document.documentElement.lang = locale;
}

export const language = () => locale;

/** The page's sentence called `key`, its `{facts}` filled in. An unknown key is a mistake of ours and shows as itself. */
export const t = (key, facts = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");

export const has = (key) => key in words;

const when = (seconds) => new Date(seconds * 1000);
export const clock = (seconds) => when(seconds).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", hour12: false });
export const fullTime = (seconds) => when(seconds).toLocaleString(locale);
export const dayKey = (seconds) => when(seconds).toDateString();

/** «Сегодня», «Вчера», «24 ноября», with the year when it is another one. */
export function dayName(seconds) {
  const [now, day] = [new Date(), when(seconds)];
  const daysAgo = Math.round((new Date(now.toDateString()) - new Date(day.toDateString())) / 86_400_000);
  if (daysAgo === 0) return t("today");
  if (daysAgo === 1) return t("yesterday");
  const year = day.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  return day.toLocaleDateString(locale, { day: "numeric", month: "long", ...year });
}

/** 75 → "1:15". */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds || 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export const number = (value) => Number(value).toLocaleString(locale);

/** Bytes as a person reads them, in units of 1024. */
export function size(bytes) {
  const units = locale === "ru" ? ["Б", "КБ", "МБ", "ГБ"] : ["B", "KB", "MB", "GB"];
  const power = bytes > 0 ? Math.min(3, Math.floor(Math.log2(bytes) / 10)) : 0;
  const value = bytes / 1024 ** power;
  return `${value.toLocaleString(locale, { maximumFractionDigits: value < 10 && power ? 1 : 0 })} ${units[power]}`;
}
