/** What each family of rules means, how it is mended, and on what it rests. One table: a new rule gets its entry here. */
const law = 'Cybersecurity Law art. 49; bureau notice [2009] 57, part 2';

export const ruleHelpEnums = {
  ruleWhat: {
    term: 'The page holds a harmful term of the word list. Somebody may have posted it or changed the page, or it came with a text that was copied.',
    gambling:
      'The page holds or advertises gambling. On school websites it is mostly injected advertising that readers may not see and search engines do.',
    pornography: 'The page holds or advertises pornography, where minors may see it.',
    drugs: 'The page speaks of trading or using drugs.',
    fraud: 'The page holds what frauds commonly say: paid clicks, loans, forged papers.',
    exam_cheating: 'The page offers exam papers, answers, cheating devices or stand-ins.',
    weapons: 'The page speaks of trading firearms, ammunition, explosives or banned knives.',
    circumvention: 'The page sells or advertises tools that get around the national network rules.',
    cult: 'The page spreads a cult, or sells rites and luck.',
    extremism: 'The page spreads terrorism, extremism or separatism.',
    harm: 'The page threatens, hires out violence, or arranges suicide. Of the last, somebody may be in danger now.',
    illicit_trade:
      'The page offers goods or services that the law forbids: counterfeits, medicines, personal data, intrusion, game cheats, surrogacy, tobacco.',
    soliciting:
      'The passage reads like an advertisement that has nothing to do with a school, of a trade that no list names. It is told by statistics of its words: a person must look.',
    'hidden-link':
      'The source holds links to other sites that readers cannot see. Almost always the website was broken into, to lift other sites in search results.',
    personal:
      'A page or attachment shows whole personal data (ID, phone or card numbers) that anybody can read and download.',
    secrecy:
      'The file bears a mark of secrecy. It may be secret indeed, or an old file whose mark was forgotten.',
    stuffing:
      'Title or keywords are written for search engines and not about the school: the page was probably changed by somebody who draws visitors with its name.',
    encoding:
      'The declared character encoding is not the real one: readers may see garbage, and checks may miss things.',
    availability: 'The website could not be opened for longer than is allowed.',
    dns: 'The domain does not resolve, resolves elsewhere, or changes.',
    tls: 'The certificate or the encryption is at fault: browsers warn, and what is sent may be read or changed.',
    headers: 'The website does not send the headers with which browsers fend off attacks.',
    exposure: 'Files or an administration page that should not be public can be opened from the Internet.',
    version: 'The software has known holes, or tells its version.',
    cloaking:
      'Search engines, phones or visitors from search results are shown something else than direct visitors. Injected content often hides that way.',
    campaign:
      'Websites of several schools got new links to one place at about the same time: most likely one attack.',
    defacement: 'Structure, title or pictures of the home page changed suddenly: it may have been defaced.',
    interactive:
      'Visitors can leave messages, comments or files here, or sign in, and no declared column says so: nobody reads it before it is shown.',
    'home-look':
      'Drawn twice, the home page looks quite unlike the accepted picture: a picture or all of it may have been replaced, or the school made a new design.',
    filing: 'The filing number in the footer is missing, not the registered one, or linked wrongly.',
    stale: 'A column has not been updated for too long.',
    'dead-link': 'A link does not open, or leads to an expired domain that others may buy and fill.',
    change: 'Scripts, outer links or the template changed without explanation.',
    'dead-domain':
      'Pages lead to a domain that does not exist any more. Anybody may register it and show readers what he likes; scripts from there hand the page over.',
    zombie:
      'The registered website has not opened, or has not changed, for a long time: probably nobody tends it.',
    unregistered:
      'A website on the unit’s domain or addresses is not registered: nobody checks it, and nobody answers for it.',
    other: 'The check found something that differs from the rules or the register.',
  },
  ruleFix: {
    term: 'Find the page in the editor, remove or correct the text; if a visitor posted it, keep a picture first and check the account. If it is harmless (prevention teaching), propose a false alarm.',
    gambling:
      'Remove the content, find out how it came in (passwords, upload folder, template, database), mend that, then ask for another look. If somebody was inside, report at once.',
    pornography:
      'Remove it from page and folders at once and find its source; where minors are concerned report at once.',
    drugs: 'Remove it, keep the record of account and time, and report.',
    fraud: 'Remove it and check the account; if a link or an advertisement brought it, remove that code.',
    exam_cheating: 'Remove it; during exams report it as well.',
    weapons: 'Remove it, keep the record of account and time, and report to the police.',
    circumvention: 'Remove it and check the account.',
    cult: 'Keep a picture, remove it, check the account and report to the police.',
    extremism: 'Shield it at once, keep the evidence, report to the network office and the police.',
    harm: 'Keep a picture first. Where a pupil is named or suicide is arranged, call parents, the counsellor and the police at once; then remove it.',
    illicit_trade:
      'Remove it, check the account and the changed pages; if a link or an advertisement brought it, remove that code.',
    soliciting:
      'See whether your unit wrote it. If not, remove it and find out how it came in; if it is an ordinary notice, propose a false alarm.',
    'hidden-link':
      'Remove the code from template, shared scripts and database: removed in one page only, it comes back. Change passwords, look for foreign programs in the upload folder, update the system.',
    personal:
      'Take page or file down and publish it again without the numbers. Hiding the link is not enough. Ask search engines to drop their copies.',
    secrecy:
      'Take the file down at once and report to the secrecy office; do not destroy the original before they decide.',
    stuffing:
      'Restore title, keywords and description in template and database; find out how it came in as with a hidden link, change passwords, update the system.',
    encoding:
      'Declare the right encoding at the head of the page (UTF-8 is best) and let the server say the same.',
    availability:
      'Check server and network, then the ends of domain and certificate; close and deregister a website that is not used.',
    dns: 'Compare the records at the domain’s provider and restore the registered address; remove unknown records and change the password.',
    tls: 'Install a valid certificate with its chain, switch TLS 1.0 and 1.1 off, renew 30 days before the end.',
    headers: 'Add the named headers at the server or gateway; try them on one page first.',
    exposure:
      'Move such files (backups, databases, .git, configuration) out, open the administration to the school network only, and change every password that was in them.',
    version: 'Update; where that cannot be done now, switch the faulty part off and hide the version.',
    cloaking:
      'There is probably malicious code on the server: check rewrite rules, shared entry files and plug-ins, clean up, change passwords. You cannot see it yourself: ask for another look.',
    campaign:
      'Clean up as for hidden links, and tell the bureau the time and files, so that it can warn the other schools.',
    defacement:
      'Keep pictures of the state, restore from the backup, find the entry, change passwords, ask for another look.',
    interactive:
      'Needed: declare it as an interactive column of the website with somebody who reads before it is shown. Not needed: switch it off.',
    'home-look':
      'Compare the two pictures. Not the school’s work: keep the state, restore the backup, find the entry, change passwords. The school’s own design: a reviewer accepts it with the reason.',
    filing: 'Put the registered number into the footer and link it to beian.miit.gov.cn.',
    stale: 'Update the column or take it down.',
    'dead-link': 'Correct or remove the link; expired domains first.',
    change: 'If you changed it, explain it on the page of changes; if not, treat it as tampering.',
    'dead-domain':
      'Remove the links and scripts on the pages listed, in templates and footers too, then ask for another look.',
    zombie:
      'No longer used: save it, close it and end its filings and registration. Still used: bring it back or up to date.',
    unregistered:
      'If it is yours, register it; if not, or no longer used, close it. Registered or gone, the finding is closed.',
    other: 'Compare, correct, and ask for another look.',
  },
  ruleLaw: {
    term: law,
    gambling: 'Cybersecurity Law; Internet Information Services Measures art. 15',
    pornography: 'Protection of Minors Law art. 80; Internet Information Services Measures art. 15',
    drugs: 'Anti-Drug Law; Internet Information Services Measures art. 15',
    fraud: 'Anti Telecom and Online Fraud Law; Internet Information Services Measures art. 15',
    exam_cheating: 'Criminal Law art. 284-1; Education Law art. 80',
    weapons: 'Firearms Law; Internet Information Services Measures art. 15',
    circumvention: 'Provisional Regulations on International Networking art. 6',
    cult: 'Criminal Law art. 300; Internet Information Services Measures art. 15',
    extremism: 'Counter-Terrorism Law; Internet Information Services Measures art. 15',
    harm: 'Protection of Minors Law; Regulations on the Protection of Minors in Cyberspace',
    illicit_trade: 'Personal Information Protection Law; Internet Information Services Measures art. 15',
    soliciting: law,
    'hidden-link': 'Cybersecurity Law art. 23; bureau notice [2009] 57, part 2',
    personal: 'Personal Information Protection Law art. 25 and 51',
    secrecy: 'Law on Guarding State Secrets',
    stuffing: law,
    encoding: 'Guidelines for government websites (by analogy)',
    availability: 'Check indicators for government websites (by analogy)',
    dns: 'Cybersecurity Law art. 23',
    tls: 'Cybersecurity Law art. 23; GB/T 22239',
    headers: 'GB/T 22239',
    exposure: 'Cybersecurity Law art. 23; Data Security Law art. 27',
    version: 'Cybersecurity Law art. 23; GB/T 22239',
    cloaking: 'Cybersecurity Law art. 23',
    campaign: 'Cybersecurity Law art. 27',
    defacement: 'Cybersecurity Law art. 27; bureau notice [2009] 57, part 2',
    interactive: 'Internet Information Services Measures art. 15 and 16; bureau notice [2009] 57, part 2',
    'home-look': 'Cybersecurity Law art. 27; bureau notice [2009] 57, part 2',
    filing: 'Measures for filing non-commercial Internet information services art. 13',
    stale: 'Check indicators for government websites (by analogy)',
    'dead-link': 'Check indicators for government websites (by analogy)',
    change: 'Bureau notice [2009] 57, part 2',
    'dead-domain':
      'Cybersecurity Law art. 23; inspection indicators for government websites (as a reference)',
    zombie: 'Inspection indicators for government websites (as a reference)',
    unregistered: 'Lishui notice 2009 no. 57, item 2',
    other: law,
  },
};
