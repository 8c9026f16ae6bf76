/**
 * Words of the same trades in the languages of the spam that is planted on broken-into sites: English, Indonesian,
 * Vietnamese, Thai, Korean, Japanese, and in pinyin letters. `_` stands for a space. Written for this project.
 */
const words = (text: string) =>
  text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => word.replaceAll('_', ' '));

/** Category → words as in `trades.ts`. */
export const FOREIGN_TRADES: Readonly<
  Record<string, { readonly jargon: readonly string[]; readonly common: readonly string[] }>
> = {
  gambling: {
    jargon: words(`
      casino casinos online_casino live_casino casino_bonus online_slots slots_online slot_machine slot_machines free_spins welcome_bonus no_deposit_bonus no_deposit blackjack roulette baccarat
      sportsbook sports_betting betting_odds jackpot jackpots poker_online online_poker gambling betting bookmaker bookmakers 1xbet betway
      slot_gacor gacor maxwin judi judi_online judi_bola togel situs_slot situs_judi bandar agen_slot rtp_live slot88 toto_slot taruhan deposit_pulsa slot_online bonus_new_member
      nhà_cái cá_cược cược nổ_hũ tài_xỉu đổi_thưởng soi_kèo đánh_bạc xổ_số lô_đề bắn_cá casino_trực_tuyến kèo_nhà_cái rikvip sunwin
      dubo bocai duqiu du_bo bo_cai baijiale bai_jia_le lao_hu_ji liu_he_cai liuhecai shishicai zhajinhua zhu_ce_song xia_zhu cai_jin
      สล็อต บาคาร่า คาสิโน แทงบอล พนันออนไลน์ 카지노 토토사이트 바카라 슬롯 먹튀검증 オンラインカジノ カジノ ブックメーカー パチスロ`),
    common: words(`
      real_money slots bonus deposit withdrawal odds spin spins win winning winnings poker slot situs terpercaya daftar resmi online gampang menang hari_ini dealer bet bets jackpots
      uy_tín đăng_ký nạp_rút khuyến_mãi trực_tuyến bóng_đá tải_app link_alternatif pulsa provider pragmatic crypto`),
  },
  pornography: {
    jargon: words(`
      porn porno pornhub xxx xvideos hardcore milf hentai nude nudes naked webcam_girls escort escorts escort_service sex_cams live_sex sex_video sex_videos sex_movies cam_girls
      seqing luoliao huangpian yuepao se_qing luo_liao huang_pian yue_pao chengren_dianying mao_pian
      onlyfans call_girls call_girl erotic blowjob bokep bugil phim_sex gái_gọi หนังโป๊ 야동 アダルト無料 無修正 エロ動画 av女優 出会い系 素人動画 人妻動画 アダルト動画 エロ`),
    common: words(
      `sex sexy hot girls cams cam videos free_watch adult massage dating hookup teen webcam movies アダルト 動画 無料動画 素人 人妻`,
    ),
  },
  drugs: {
    jargon: words(`
      cocaine crystal_meth meth methamphetamine ketamine mdma ecstasy_pills heroin lsd_tabs xanax oxycodone oxycontin tramadol adderall fentanyl percocet hydrocodone codeine
      bingdu bing_du yaotouwan yao_tou_wan hailuoyin hai_luo_yin magu_xianhuo leng_bing liu_bing feiyezi
      research_chemicals cannabis_online weed_online buy_weed buy_cocaine magic_mushrooms ghb discreet_shipping without_prescription no_prescription wickr thc_vape`),
    common: words(
      `buy online shipping pills discreet worldwide stealth vendor gram grams overnight telegram whatsapp order cannabis weed prescription darknet`,
    ),
  },
  fraud: {
    jargon: words(`
      real_and_fake_passports fake_passports produce_real_and_fake certificates_without_exam
      fake_diploma buy_fake fake_degree fake_certificate fake_passport fake_passports fake_id buy_diploma buy_degree novelty_transcripts novelty_documents counterfeit_money
      payday_loan payday_loans cash_advance no_credit_check bad_credit guaranteed_approval instant_loan instant_loans personal_loans same_day_loan cloned_cards fullz`),
    common: words(`
      diploma degree transcripts certificate passports driver_license driving_license id_cards verifiable loan loans approval apply_now online credit lender cash fast interest buy
      registered real_and_fake`),
  },
  exam_cheating: {
    jargon: words(`
      essay_writing_service write_my_essay buy_essay buy_essays essay_writers custom_essay custom_essays do_my_homework take_my_exam write_my_paper buy_term_paper
      dissertation_writing_service assignment_help homework_help_service cheap_essay ielts_without_exam buy_ielts toefl_without_exam pay_someone_to`),
    common: words(
      `essay essays paper thesis dissertation plagiarism_free writers deadline cheap online order assignment guaranteed score ielts toefl certificate`,
    ),
  },
  illicit_trade: {
    jargon: words(`
      viagra cialis levitra sildenafil tadalafil kamagra canadian_pharmacy online_pharmacy generic_viagra erectile_dysfunction penis_enlargement male_enhancement weight_loss_pills
      keto_gummies cbd_gummies ivermectin finasteride replica replica_watches fake_rolex replica_handbags fake_designer knockoff outlet_online designer_handbags
      jordans_for_sale replica_gucci fake_ray_ban nfl_jerseys ed_pills no_rx oral_jelly
      モンクレール_激安 n級 後払い コピー_n級品 最高品質 口コミ 全品送料無料 公式通販
      cheap_jordans cheap_nfl_jerseys wholesale_jerseys uggs_outlet louis_vuitton_outlet michael_kors_outlet ray_ban_outlet seo_backlinks buy_backlinks
      スーパーコピー 激安 偽物 n級品 ブランドコピー コピー優良店 コピー品 レプリカ 最安値 送料無料 代引き 楽天市場 即納 激安通販 格安通販 コピー通販 正規品`),
    common: words(`
      rolex omega cartier louis_vuitton gucci chanel prada hermes nike jordan jordans adidas handbags handbag watches jerseys outlet wholesale free_shipping cheap discount sale
      pharmacy prescription pills generic mg 100mg fast_delivery order_now buy online price overnight tablets
      財布 バッグ ルイヴィトン シャネル グッチ ロレックス エルメス プラダ コピー 通販 楽天 アウトレット 本物保証 即日発送 中古 新品 人気 ランキング 特価 セール 専門店
      在庫あり 予約 ポイント10倍 価格 正規 レディース メンズ 腕時計 新作`),
  },
};

/** Words of an offer in those languages. */
export const FOREIGN_SOLICITING: readonly string[] = words(`
  buy cheap order_now buy_now shop_now sign_up register_now free_shipping discount best_price contact_us whatsapp telegram click_here apply_now join_now play_now claim_your
  fast_delivery worldwide_shipping wholesale for_sale no_prescription daftar_sekarang đăng_ký 送料無料 即日発送 通販`);
