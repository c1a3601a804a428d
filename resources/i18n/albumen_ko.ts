<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ko_KR" sourcelanguage="en">
<context>
    <name>AboutDialog</name>
    <message>
        <source>About Albumen</source>
        <translation>Albumen 정보</translation>
    </message>
    <message>
        <source>Back to the list</source>
        <translation>목록으로 돌아가기</translation>
    </message>
    <message>
        <source>Brings the faces in old photographs back, on your own computer.</source>
        <translation>오래된 사진 속 얼굴을 내 컴퓨터에서 되살려요.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>라이선스</translation>
    </message>
    <message>
        <source>Licences of models</source>
        <translation>모델 라이선스</translation>
    </message>
    <message>
        <source>Made by others</source>
        <translation>다른 사람들이 만든 부분</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>폴더 열기</translation>
    </message>
    <message>
        <source>The licences are being read…</source>
        <translation>라이선스를 읽고 있어요…</translation>
    </message>
    <message>
        <source>Your work is kept in {folder}</source>
        <translation>작업 내용은 여기에 보관돼요: {folder}</translation>
    </message>
</context>
<context>
    <name>Actions</name>
    <message>
        <source>Blend set to {percent} %</source>
        <translation>합성 강도 {percent} %로 바꿈</translation>
    </message>
    <message>
        <source>Brush cleared</source>
        <translation>브러시 지움</translation>
    </message>
    <message>
        <source>Brush stroke</source>
        <translation>브러시로 칠함</translation>
    </message>
    <message>
        <source>Face brought back</source>
        <translation>얼굴 다시 넣음</translation>
    </message>
    <message>
        <source>Face drawn</source>
        <translation>얼굴 그림</translation>
    </message>
    <message>
        <source>Face left out</source>
        <translation>얼굴 거절함</translation>
    </message>
    <message>
        <source>Face moved</source>
        <translation>얼굴 옮김</translation>
    </message>
    <message>
        <source>Faces found</source>
        <translation>얼굴 찾음</translation>
    </message>
    <message>
        <source>Matching changed</source>
        <translation>사진에 맞추기 바꿈</translation>
    </message>
    <message>
        <source>Original chosen</source>
        <translation>원본 고름</translation>
    </message>
    <message>
        <source>Parts of the face set</source>
        <translation>얼굴 부위 조절함</translation>
    </message>
    <message>
        <source>Restored</source>
        <translation>복원함</translation>
    </message>
    <message>
        <source>Settings changed</source>
        <translation>설정 바꿈</translation>
    </message>
    <message>
        <source>The file was changed by another program</source>
        <translation>다른 프로그램이 파일을 바꿈</translation>
    </message>
    <message>
        <source>The photo as it came</source>
        <translation>처음 들어온 사진</translation>
    </message>
    <message>
        <source>Version {n} chosen</source>
        <translation>버전 {n} 고름</translation>
    </message>
</context>
<context>
    <name>AlbumPage</name>
    <message numerus="yes">
        <source>%n photo(s)</source>
        <translation>
            <numerusform>사진 %n장</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>%n장 선택</numerusform>
        </translation>
    </message>
    <message>
        <source>Add a folder…</source>
        <translation>폴더 추가…</translation>
    </message>
    <message>
        <source>Add photos…</source>
        <translation>사진 추가…</translation>
    </message>
    <message>
        <source>Add to album</source>
        <translation>앨범에 넣기</translation>
    </message>
    <message>
        <source>Album</source>
        <translation>앨범</translation>
    </message>
    <message>
        <source>Any rating</source>
        <translation>모든 별점</translation>
    </message>
    <message>
        <source>Date taken, newest first</source>
        <translation>찍은 날짜, 최근 순</translation>
    </message>
    <message>
        <source>Date taken, oldest first</source>
        <translation>찍은 날짜, 오래된 순</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>내보내기…</translation>
    </message>
    <message>
        <source>Find faces</source>
        <translation>얼굴 찾기</translation>
    </message>
    <message>
        <source>Find the missing file…</source>
        <translation>사라진 파일 찾기…</translation>
    </message>
    <message>
        <source>First added first</source>
        <translation>먼저 추가한 순</translation>
    </message>
    <message>
        <source>Flagged</source>
        <translation>깃발 표시한 사진</translation>
    </message>
    <message>
        <source>Most stars first</source>
        <translation>별점 높은 순</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>이름</translation>
    </message>
    <message>
        <source>Name of the album</source>
        <translation>앨범 이름</translation>
    </message>
    <message>
        <source>New album</source>
        <translation>새 앨범</translation>
    </message>
    <message>
        <source>New album…</source>
        <translation>새 앨범…</translation>
    </message>
    <message>
        <source>Newest added first</source>
        <translation>최근에 추가한 순</translation>
    </message>
    <message>
        <source>Only photos with at least this many stars</source>
        <translation>별점이 이만큼 이상인 사진만</translation>
    </message>
    <message>
        <source>Order of the photos</source>
        <translation>사진 순서</translation>
    </message>
    <message>
        <source>Reading photos: {done} of {total}</source>
        <translation>사진 읽는 중: {done}/{total}</translation>
    </message>
    <message>
        <source>Rejected</source>
        <translation>거절한 사진</translation>
    </message>
    <message>
        <source>Remove from the album (the file stays)</source>
        <translation>앨범에서 빼기 (파일은 그대로)</translation>
    </message>
    <message>
        <source>Rename album</source>
        <translation>앨범 이름 바꾸기</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>복원</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>찾기</translation>
    </message>
    <message>
        <source>Search photos by name, folder or album</source>
        <translation>이름, 폴더, 앨범으로 사진 찾기</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>폴더에서 보기</translation>
    </message>
    <message>
        <source>Size of the pictures</source>
        <translation>사진 크기</translation>
    </message>
    <message>
        <source>Size of the pictures (Ctrl+wheel)</source>
        <translation>사진 크기 (Ctrl+휠)</translation>
    </message>
    <message>
        <source>Take out of this album</source>
        <translation>이 앨범에서 빼기</translation>
    </message>
</context>
<context>
    <name>App</name>
    <message numerus="yes">
        <source>%n missing photo(s) were found again.</source>
        <translation>
            <numerusform>사라진 사진 %n장을 다시 찾았어요.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n photo(s) were in the album already.</source>
        <translation>
            <numerusform>사진 %n장은 이미 앨범에 있어요.</numerusform>
        </translation>
    </message>
    <message>
        <source>A part of Albumen stopped. It was started again, and the work goes on.</source>
        <translation>Albumen의 한 부분이 멈췄어요. 다시 시작했고 작업은 계속돼요.</translation>
    </message>
    <message>
        <source>Add a folder and all photos in it</source>
        <translation>폴더와 그 안의 사진 모두 추가</translation>
    </message>
    <message>
        <source>Add photos</source>
        <translation>사진 추가</translation>
    </message>
    <message>
        <source>Albumen is open already.</source>
        <translation>Albumen이 이미 열려 있어요.</translation>
    </message>
    <message numerus="yes">
        <source>And %n more.</source>
        <translation>
            <numerusform>그 밖에 %n개가 더 있어요.</numerusform>
        </translation>
    </message>
    <message>
        <source>No photo is missing.</source>
        <translation>사라진 사진이 없어요.</translation>
    </message>
    <message>
        <source>None of the missing photos is in that folder.</source>
        <translation>그 폴더에는 사라진 사진이 없어요.</translation>
    </message>
    <message>
        <source>Photos ({endings})</source>
        <translation>사진 ({endings})</translation>
    </message>
    <message>
        <source>Stop it</source>
        <translation>멈추기</translation>
    </message>
    <message>
        <source>The folder in which the missing photos are now</source>
        <translation>사라진 사진이 지금 있는 폴더</translation>
    </message>
    <message>
        <source>The work on {name} has not moved for a while.</source>
        <translation>{name} 작업이 한동안 나아가지 않고 있어요.</translation>
    </message>
    <message>
        <source>Where is {name} now?</source>
        <translation>이 파일은 지금 어디에 있나요? {name}</translation>
    </message>
    <message>
        <source>{path}, the folder for versions of faces, is not there (perhaps its disk is not plugged in), so new ones are kept on this computer until it is; nothing is lost.</source>
        <translation>얼굴 버전을 두는 폴더 {path}이(가) 없어서(디스크가 연결되어 있지 않을 수 있어요) 다시 나타날 때까지 새 버전을 이 컴퓨터에 보관해요. 잃어버린 것은 없어요.</translation>
    </message>
</context>
<context>
    <name>AppearanceTab</name>
    <message>
        <source>Colours</source>
        <translation>색상</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>어둡게</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>언어</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>밝게</translation>
    </message>
    <message>
        <source>Same as the system</source>
        <translation>시스템과 같게</translation>
    </message>
    <message>
        <source>The new language is used the next time Albumen opens.</source>
        <translation>바꾼 언어는 다음에 Albumen을 열 때부터 쓰여요.</translation>
    </message>
</context>
<context>
    <name>BlendPanel</name>
    <message>
        <source>Blend</source>
        <translation>합성</translation>
    </message>
    <message>
        <source>Eyes</source>
        <translation>눈</translation>
    </message>
    <message>
        <source>Hair</source>
        <translation>머리카락</translation>
    </message>
    <message>
        <source>Keep the photo&apos;s own fine detail</source>
        <translation>사진 본래의 세밀함 지키기</translation>
    </message>
    <message>
        <source>Match light and colour</source>
        <translation>빛과 색 맞추기</translation>
    </message>
    <message>
        <source>Match the photo&apos;s grain</source>
        <translation>사진의 입자 맞추기</translation>
    </message>
    <message>
        <source>Matching</source>
        <translation>사진에 맞추기</translation>
    </message>
    <message>
        <source>Mouth</source>
        <translation>입</translation>
    </message>
    <message>
        <source>Parts of the face</source>
        <translation>얼굴 부위</translation>
    </message>
    <message>
        <source>Skin</source>
        <translation>피부</translation>
    </message>
    <message>
        <source>original</source>
        <translation>원본</translation>
    </message>
    <message>
        <source>restored</source>
        <translation>복원</translation>
    </message>
</context>
<context>
    <name>BrushBar</name>
    <message>
        <source>Brush</source>
        <translation>브러시</translation>
    </message>
    <message>
        <source>Clear the brush</source>
        <translation>브러시 지우기</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>가리기</translation>
    </message>
    <message>
        <source>Keys: comma and full stop change the width.</source>
        <translation>쉼표와 마침표 키로 굵기를 바꿔요.</translation>
    </message>
    <message>
        <source>Paint the original back (X changes to Show)</source>
        <translation>원본을 칠해서 되돌리기 (X를 누르면 드러내기)</translation>
    </message>
    <message>
        <source>Paint the restored face in (B; X changes to Hide)</source>
        <translation>복원한 얼굴을 칠해서 드러내기 (B, X를 누르면 가리기)</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>드러내기</translation>
    </message>
    <message>
        <source>Softness</source>
        <translation>부드러움</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>굵기</translation>
    </message>
</context>
<context>
    <name>CandidateStrip</name>
    <message>
        <source>Versions of this face</source>
        <translation>이 얼굴의 버전</translation>
    </message>
</context>
<context>
    <name>CanvasBase</name>
    <message numerus="yes">
        <source>%n face(s)</source>
        <translation>
            <numerusform>얼굴 %n개</numerusform>
        </translation>
    </message>
    <message>
        <source>Actual size</source>
        <translation>실제 크기</translation>
    </message>
    <message>
        <source>Bring this face back</source>
        <translation>이 얼굴 다시 넣기</translation>
    </message>
    <message>
        <source>Choose with others</source>
        <translation>다른 얼굴과 함께 선택</translation>
    </message>
    <message>
        <source>Don&apos;t choose with others</source>
        <translation>함께 선택에서 빼기</translation>
    </message>
    <message>
        <source>Drag a box around the face.</source>
        <translation>얼굴 둘레를 끌어서 네모를 그려 주세요.</translation>
    </message>
    <message>
        <source>Drag the points onto the eyes, the nose and the corners of the mouth.</source>
        <translation>점들을 두 눈과 코, 입꼬리로 끌어 주세요.</translation>
    </message>
    <message>
        <source>Draw a face</source>
        <translation>얼굴 그리기</translation>
    </message>
    <message>
        <source>Leave this face out</source>
        <translation>이 얼굴 제외하기</translation>
    </message>
    <message>
        <source>Move this face</source>
        <translation>이 얼굴 옮기기</translation>
    </message>
    <message>
        <source>Photo</source>
        <translation>사진</translation>
    </message>
    <message>
        <source>These points do not form a face yet.</source>
        <translation>이 점들로는 아직 얼굴이 되지 않아요.</translation>
    </message>
    <message>
        <source>Whole photo</source>
        <translation>사진 전체</translation>
    </message>
    <message>
        <source>chosen together: {numbers}</source>
        <translation>함께 선택됨: {numbers}</translation>
    </message>
    <message>
        <source>face {n} of {count} selected</source>
        <translation>얼굴 {count}개 중 {n}번 선택됨</translation>
    </message>
    <message>
        <source>shown at {percent} %</source>
        <translation>{percent} % 크기로 보임</translation>
    </message>
</context>
<context>
    <name>CloseDialog</name>
    <message numerus="yes">
        <source>%n job(s) are not done yet</source>
        <translation>
            <numerusform>아직 끝나지 않은 작업이 %n개 있어요</numerusform>
        </translation>
    </message>
    <message>
        <source>Close Albumen</source>
        <translation>Albumen 닫기</translation>
    </message>
    <message>
        <source>Finish in the background</source>
        <translation>보이지 않게 마저 끝내기</translation>
    </message>
    <message>
        <source>Keep the window open</source>
        <translation>창 열어 두기</translation>
    </message>
    <message>
        <source>Stop and keep the jobs</source>
        <translation>멈추고 작업 남겨 두기</translation>
    </message>
    <message>
        <source>The window closes; Albumen ends when everything is done.</source>
        <translation>창은 닫히고, 작업이 모두 끝나면 Albumen도 끝나요.</translation>
    </message>
    <message>
        <source>They go on the next time Albumen opens.</source>
        <translation>다음에 Albumen을 열면 이어서 해요.</translation>
    </message>
    <message>
        <source>They take about {time}.</source>
        <translation>약 {time} 걸려요.</translation>
    </message>
</context>
<context>
    <name>Compare</name>
    <message>
        <source>After</source>
        <translation>복원 후</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>복원 전</translation>
    </message>
</context>
<context>
    <name>CrashDialog</name>
    <message>
        <source>Albumen ended unexpectedly last time</source>
        <translation>지난번에 Albumen이 갑자기 끝났어요</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>복사됨</translation>
    </message>
    <message>
        <source>Copy the text</source>
        <translation>글 복사</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>계속</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>폴더 열기</translation>
    </message>
    <message>
        <source>What went wrong</source>
        <translation>잘못된 내용</translation>
    </message>
    <message>
        <source>Your photos and your work are safe. To report it, copy the text below; nothing is sent by itself.</source>
        <translation>사진과 작업 내용은 안전해요. 문제를 알리려면 아래 글을 복사해 주세요. 저절로 보내지는 것은 없어요.</translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>Actual size</source>
        <translation>실제 크기</translation>
    </message>
    <message>
        <source>Album</source>
        <translation>앨범</translation>
    </message>
    <message>
        <source>Brush</source>
        <translation>브러시</translation>
    </message>
    <message>
        <source>Change between Show and Hide</source>
        <translation>드러내기와 가리기 바꾸기</translation>
    </message>
    <message>
        <source>Choose several faces</source>
        <translation>여러 얼굴 선택</translation>
    </message>
    <message>
        <source>Choose the original or a version (in the row of versions)</source>
        <translation>원본이나 버전 고르기 (버전 줄에서)</translation>
    </message>
    <message>
        <source>Choose this face with others</source>
        <translation>이 얼굴을 함께 선택</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
    <message>
        <source>Ctrl+click</source>
        <translation>Ctrl+클릭</translation>
    </message>
    <message>
        <source>End the choice</source>
        <translation>선택 끝내기</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Enter</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Flag, reject, neither</source>
        <translation>깃발, 거절, 표시 없음</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>Move this face</source>
        <translation>이 얼굴 옮기기</translation>
    </message>
    <message>
        <source>Open the photo</source>
        <translation>사진 열기</translation>
    </message>
    <message>
        <source>Photo</source>
        <translation>사진</translation>
    </message>
    <message>
        <source>Previous or next face</source>
        <translation>이전 또는 다음 얼굴</translation>
    </message>
    <message>
        <source>Shift+Space</source>
        <translation>Shift+스페이스</translation>
    </message>
    <message>
        <source>Show the original</source>
        <translation>원본 보기</translation>
    </message>
    <message>
        <source>Space (held)</source>
        <translation>Space (누르고 있기)</translation>
    </message>
    <message>
        <source>Stars</source>
        <translation>별점</translation>
    </message>
    <message>
        <source>Whole photo</source>
        <translation>사진 전체</translation>
    </message>
    <message>
        <source>Width of the brush</source>
        <translation>브러시 굵기</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>확대와 축소</translation>
    </message>
</context>
<context>
    <name>EmptyView</name>
    <message>
        <source>Bring the faces in old photos back</source>
        <translation>오래된 사진 속 얼굴을 되살려 보세요</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>폴더 고르기…</translation>
    </message>
    <message>
        <source>Choose photos…</source>
        <translation>사진 고르기…</translation>
    </message>
    <message>
        <source>Drop photos or folders here. They stay where they are, and nothing ever leaves this computer.</source>
        <translation>사진이나 폴더를 여기에 끌어다 놓으세요. 파일은 제자리에 그대로 있고, 아무것도 이 컴퓨터 밖으로 나가지 않아요.</translation>
    </message>
    <message>
        <source>No photo matches the choice on the left or the search.</source>
        <translation>왼쪽에서 고른 것이나 찾는 말에 맞는 사진이 없어요.</translation>
    </message>
    <message>
        <source>No photos here</source>
        <translation>여기에는 사진이 없어요</translation>
    </message>
    <message>
        <source>Try the sample photo</source>
        <translation>예시 사진으로 해 보기</translation>
    </message>
</context>
<context>
    <name>Errors</name>
    <message>
        <source>(no sign of life for {seconds} s)</source>
        <translation>({seconds}초 동안 반응이 없음)</translation>
    </message>
    <message>
        <source>A message between the parts of Albumen could not be used: {detail}</source>
        <translation>Albumen의 부분끼리 주고받은 메시지를 쓸 수 없어요: {detail}</translation>
    </message>
    <message>
        <source>A model pack keeps its own names; import it without another one.</source>
        <translation>모델 묶음은 제 이름을 그대로 써요. 다른 이름 없이 가져와 주세요.</translation>
    </message>
    <message>
        <source>A part of Albumen ({role}) does not start. Its log says: {detail}</source>
        <translation>Albumen의 한 부분({role})이 시작되지 않아요. 로그 내용: {detail}</translation>
    </message>
    <message>
        <source>A part of Albumen ({role}) is of another version (protocol {theirs} instead of {ours}). Install Albumen again.</source>
        <translation>Albumen의 한 부분({role})의 버전이 달라요(프로토콜 {ours} 대신 {theirs}). Albumen을 다시 설치해 주세요.</translation>
    </message>
    <message>
        <source>A part of Albumen ({role}) stopped while it was busy with {path}. What was there is as it was; try again.</source>
        <translation>Albumen의 한 부분({role})이 일하다가 멈췄어요({path}). 있던 것은 그대로이니 다시 해 주세요.</translation>
    </message>
    <message>
        <source>A part of Albumen ({role}) stopped {times} times within minutes and stays off. Its log says: {detail}</source>
        <translation>Albumen의 한 부분({role})이 몇 분 사이에 {times}번 멈춰서 다시 시작하지 않아요. 로그 내용: {detail}</translation>
    </message>
    <message>
        <source>A part of Albumen ({role}) stopped. Its log says: {detail}</source>
        <translation>Albumen의 한 부분({role})이 멈췄어요. 로그 내용: {detail}</translation>
    </message>
    <message>
        <source>An album needs a name.</source>
        <translation>앨범에는 이름이 필요해요.</translation>
    </message>
    <message>
        <source>Apple graphics</source>
        <translation>Apple 그래픽</translation>
    </message>
    <message>
        <source>At step {step} the loss is no number any more. Go on from the checkpoint with a lower learning_rate.</source>
        <translation>{step}단계에서 손실이 더는 숫자가 아니에요. learning_rate를 낮추고 체크포인트에서 이어 가 주세요.</translation>
    </message>
    <message>
        <source>Check the name.</source>
        <translation>이름을 확인해 주세요.</translation>
    </message>
    <message>
        <source>Connection refused</source>
        <translation>연결이 거부됨</translation>
    </message>
    <message>
        <source>Fetch {model} under Models.</source>
        <translation>&apos;모델&apos;에서 {model}을(를) 내려받아 주세요.</translation>
    </message>
    <message>
        <source>For this, Albumen needs a part that is not installed ({extra}). Install Albumen again with all parts.</source>
        <translation>이 일에 필요한 부분({extra})이 설치되어 있지 않아요. Albumen을 모든 부분과 함께 다시 설치해 주세요.</translation>
    </message>
    <message>
        <source>For this, Albumen needs a part that is not installed. Install it with: pip install &apos;albumen[{extra}]&apos;</source>
        <translation>이 일에는 설치되지 않은 부분이 필요해요. 이렇게 설치해 주세요: pip install &apos;albumen[{extra}]&apos;</translation>
    </message>
    <message>
        <source>Get the file from {source}, then import it under Models.</source>
        <translation>{source}에서 파일을 받은 다음 &apos;모델&apos;에서 가져와 주세요.</translation>
    </message>
    <message>
        <source>Import them again under Models.</source>
        <translation>&apos;모델&apos;에서 다시 가져와 주세요.</translation>
    </message>
    <message>
        <source>Input/output error</source>
        <translation>읽기 쓰기 오류</translation>
    </message>
    <message>
        <source>Install Albumen again.</source>
        <translation>Albumen을 다시 설치해 주세요.</translation>
    </message>
    <message>
        <source>NVIDIA graphics card</source>
        <translation>NVIDIA 그래픽 카드</translation>
    </message>
    <message>
        <source>Name or service not known</source>
        <translation>주소를 찾을 수 없음</translation>
    </message>
    <message>
        <source>Network is unreachable</source>
        <translation>네트워크에 연결할 수 없음</translation>
    </message>
    <message>
        <source>No such file or directory</source>
        <translation>그런 파일이나 폴더가 없음</translation>
    </message>
    <message>
        <source>One candidate alone differs from no other; choose a face with two or more.</source>
        <translation>버전이 하나뿐이면 다른 곳을 볼 수 없어요. 버전이 둘 이상인 얼굴을 골라 주세요.</translation>
    </message>
    <message>
        <source>Permission denied</source>
        <translation>권한이 없음</translation>
    </message>
    <message>
        <source>Something went wrong inside Albumen: {detail} Please report it with the log file.</source>
        <translation>Albumen 안에서 문제가 생겼어요: {detail} 로그 파일과 함께 알려 주세요.</translation>
    </message>
    <message>
        <source>Temporary failure in name resolution</source>
        <translation>지금은 주소를 찾을 수 없음</translation>
    </message>
    <message>
        <source>The catalogue of photos was damaged and was set aside as {aside}; nothing was deleted. Open Albumen again: it brings your work back from its safety copies.</source>
        <translation>사진 목록이 손상되어 따로 옮겨 두었어요({aside}). 지워진 것은 없어요. Albumen을 다시 열면 안전 사본에서 작업을 되살려요.</translation>
    </message>
    <message>
        <source>The model computed no picture on this device. Choose --precision fp32 or --device cpu, and try again.</source>
        <translation>모델이 이 장치에서 그림을 만들지 못했어요. 정밀도를 정확하게(--precision fp32) 또는 장치를 프로세서(--device cpu)로 바꾸고 다시 해 주세요.</translation>
    </message>
    <message>
        <source>The model computed no picture on this device. Choose the exact precision or the processor under Settings, Restoring, and try again.</source>
        <translation>이 장치에서는 모델이 그림을 만들지 못했어요. &apos;설정&apos;의 &apos;복원&apos;에서 정확한 정밀도나 프로세서를 고르고 다시 해 주세요.</translation>
    </message>
    <message>
        <source>The model {model} fills holes; it cannot restore whole faces.</source>
        <translation>{model} 모델은 빈 곳을 채우는 것이라서 얼굴 전체를 복원할 수 없어요.</translation>
    </message>
    <message>
        <source>The model {model} may be used only under its licence ({licence}). Read and accept it under Models.</source>
        <translation>{model} 모델은 라이선스({licence})에 동의해야 쓸 수 있어요. &apos;모델&apos;에서 읽고 동의해 주세요.</translation>
    </message>
    <message>
        <source>The model {model} may be used only under its licence ({licence}). Read it with: albumen models licence {model}</source>
        <translation>{model} 모델은 라이선스({licence})에 동의해야 쓸 수 있어요. 이렇게 읽어 주세요: albumen models licence {model}</translation>
    </message>
    <message>
        <source>The model {model} only cleans faces. Move the slider to faithful, or choose another model.</source>
        <translation>{model} 모델은 얼굴을 깨끗하게만 해요. 슬라이더를 &apos;원본에 충실하게&apos; 쪽으로 옮기거나 다른 모델을 골라 주세요.</translation>
    </message>
    <message>
        <source>The model {model} was trained for a strength of at most {most}.</source>
        <translation>{model} 모델은 세기 {most}까지만 학습되었어요.</translation>
    </message>
    <message>
        <source>The model {model}, with which this was made, is not installed here. Import it or fetch it first.</source>
        <translation>이것을 만든 {model} 모델이 여기에 설치되어 있지 않아요. 먼저 가져오거나 내려받아 주세요.</translation>
    </message>
    <message>
        <source>The safety copy of the work on a photo was damaged and was set aside as {aside}; nothing was deleted.</source>
        <translation>사진 작업의 안전 사본이 손상되어 따로 옮겨 두었어요({aside}). 지워진 것은 없어요.</translation>
    </message>
    <message>
        <source>There is already a model called {id}. Choose another id.</source>
        <translation>{id}(이)라는 모델이 이미 있어요. 다른 이름을 골라 주세요.</translation>
    </message>
    <message>
        <source>There is already something called {name}. Choose another name.</source>
        <translation>{name}: 이미 있는 이름이에요. 다른 이름을 골라 주세요.</translation>
    </message>
    <message>
        <source>There is no model called {model}. Known are: {known}.</source>
        <translation>{model}: 이런 모델은 없어요. 쓸 수 있는 모델은 다음과 같아요: {known}.</translation>
    </message>
    <message>
        <source>This computer has no {device} that Albumen can use. Choose --device cpu or auto.</source>
        <translation>이 컴퓨터에는 Albumen이 쓸 수 있는 장치 {device}가 없어요. 다른 장치(--device cpu 또는 auto)를 골라 주세요.</translation>
    </message>
    <message>
        <source>This computer has no {device} that Albumen can use. Choose another one under Settings, Restoring.</source>
        <translation>이 컴퓨터에는 Albumen이 쓸 수 있는 장치({device})가 없어요. &apos;설정&apos;의 &apos;복원&apos;에서 다른 장치를 골라 주세요.</translation>
    </message>
    <message>
        <source>This name cannot be used ({error}). Choose another one.</source>
        <translation>이 이름은 쓸 수 없어요({error}). 다른 이름을 골라 주세요.</translation>
    </message>
    <message>
        <source>This recipe cannot be followed here: {detail}</source>
        <translation>이 제작 기록대로는 여기서 만들 수 없어요: {detail}</translation>
    </message>
    <message>
        <source>a HEIC in high dynamic range ({transfer})</source>
        <translation>하이 다이내믹 레인지({transfer}) HEIC</translation>
    </message>
    <message>
        <source>a JPEG of other than 8 bits</source>
        <translation>8비트가 아닌 JPEG</translation>
    </message>
    <message>
        <source>a TIFF in the colour model {model}</source>
        <translation>색상 모델이 {model}인 TIFF</translation>
    </message>
    <message>
        <source>a TIFF of other inks than CMYK</source>
        <translation>CMYK가 아닌 잉크의 TIFF</translation>
    </message>
    <message>
        <source>a TIFF whose samples are neither whole numbers of at most 16 bits nor floats</source>
        <translation>값이 16비트 이하의 정수도 실수도 아닌 TIFF</translation>
    </message>
    <message>
        <source>a WebP file of more than 178 megapixels</source>
        <translation>178메가픽셀이 넘는 WebP 파일</translation>
    </message>
    <message>
        <source>it ended after {got} of {total} bytes</source>
        <translation>{total}바이트 중 {got}바이트에서 끊김</translation>
    </message>
    <message>
        <source>models</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>없음</translation>
    </message>
    <message>
        <source>of another version</source>
        <translation>다른 버전의 것</translation>
    </message>
    <message>
        <source>reading and writing photos</source>
        <translation>사진 읽기와 쓰기</translation>
    </message>
    <message>
        <source>restoring</source>
        <translation>복원</translation>
    </message>
    <message>
        <source>there are none in the file</source>
        <translation>파일에 가중치가 없음</translation>
    </message>
    <message>
        <source>they do not fit the network of {id}: {wrong}</source>
        <translation>{id}의 신경망에 맞지 않음: {wrong}</translation>
    </message>
    <message>
        <source>timed out</source>
        <translation>시간 초과</translation>
    </message>
    <message>
        <source>too long</source>
        <translation>너무 긺</translation>
    </message>
    <message>
        <source>without name</source>
        <translation>이름이 없음</translation>
    </message>
    <message>
        <source>{detail}</source>
        <translation>{detail}</translation>
    </message>
    <message>
        <source>{file} is missing</source>
        <translation>{file}이(가) 없음</translation>
    </message>
    <message>
        <source>{id} cannot be fetched. Import it from a file.</source>
        <translation>{id}은(는) 내려받을 수 없어요. 파일에서 가져와 주세요.</translation>
    </message>
    <message>
        <source>{id} comes with Albumen and is not replaced. Choose another name.</source>
        <translation>{id}은(는) Albumen에 들어 있어서 바꾸지 않아요. 다른 이름을 골라 주세요.</translation>
    </message>
    <message>
        <source>{path}: Albumen cannot use these weights: {detail}.</source>
        <translation>{path}: 이 모델 파일은 Albumen에서 쓸 수 없어요: {detail}.</translation>
    </message>
    <message>
        <source>{path}: Albumen may not write there. Choose another folder.</source>
        <translation>{path}: 여기에는 저장할 권한이 없어요. 다른 폴더를 골라 주세요.</translation>
    </message>
    <message>
        <source>{path}: a file of {size_mb} MB is more than Albumen opens ({limit_mb} MB). Make it smaller first.</source>
        <translation>{path}: 파일이 {size_mb} MB로, Albumen이 열 수 있는 크기({limit_mb} MB)보다 커요. 먼저 파일을 줄여 주세요.</translation>
    </message>
    <message>
        <source>{path}: a part of the catalogue cannot be read. Close Albumen and open it again; nothing is deleted.</source>
        <translation>{path}: 사진 목록의 일부를 읽을 수 없어요. Albumen을 닫았다가 다시 열어 주세요. 지워지는 것은 없어요.</translation>
    </message>
    <message>
        <source>{path}: another run of Albumen is writing its results there. Wait for it, or choose another folder.</source>
        <translation>{path}: 다른 Albumen이 거기에 결과를 쓰고 있어요. 끝나기를 기다리거나 다른 폴더를 골라 주세요.</translation>
    </message>
    <message>
        <source>{path}: no face was found.</source>
        <translation>{path}: 얼굴을 찾지 못했어요.</translation>
    </message>
    <message>
        <source>{path}: the disk is full. Free some space and try again; what is finished is kept.</source>
        <translation>{path}: 디스크가 가득 찼어요. 공간을 비우고 다시 해 주세요. 끝난 것은 그대로 있어요.</translation>
    </message>
    <message>
        <source>{path}: the disk refused to take a change ({detail}). What was kept before is safe.</source>
        <translation>{path}: 디스크에 바뀐 내용을 저장하지 못했어요({detail}). 그전에 저장한 것은 안전해요.</translation>
    </message>
    <message>
        <source>{path}: the face lies outside the photo.</source>
        <translation>{path}: 얼굴이 사진 밖에 있어요.</translation>
    </message>
    <message>
        <source>{path}: the file is cut short or damaged. Copy or scan it again.</source>
        <translation>{path}: 파일이 잘렸거나 손상되었어요. 다시 복사하거나 스캔해 주세요.</translation>
    </message>
    <message>
        <source>{path}: the file is empty (0 bytes). Copy it again from where it came from.</source>
        <translation>{path}: 파일이 비어 있어요(0바이트). 원래 있던 곳에서 다시 복사해 주세요.</translation>
    </message>
    <message>
        <source>{path}: the golden numbers are not there. Name the folder that holds them with --dir.</source>
        <translation>{path}: 기준값 파일이 없어요. 기준값이 있는 폴더를 --dir로 알려 주세요.</translation>
    </message>
    <message>
        <source>{path}: the original photo, {photo}, is not beside this file. Name the original too.</source>
        <translation>{path}: 원본 사진 {photo}이(가) 이 파일 옆에 없어요. 원본도 알려 주세요.</translation>
    </message>
    <message>
        <source>{path}: the weights of model {model} are not there. {advice}</source>
        <translation>{path}: {model} 모델의 파일이 없어요. {advice}</translation>
    </message>
    <message>
        <source>{path}: there is no such file.</source>
        <translation>{path}: 그런 파일이 없어요.</translation>
    </message>
    <message>
        <source>{path}: there is no such file. Check the name and try again.</source>
        <translation>{path}: 이런 파일이 없어요. 이름을 확인하고 다시 해 주세요.</translation>
    </message>
    <message>
        <source>{path}: there is not enough memory for this, even in small pieces. Close other programs and try again.</source>
        <translation>{path}: 작게 나눠서 해도 메모리가 모자라요. 다른 프로그램을 닫고 다시 해 주세요.</translation>
    </message>
    <message>
        <source>{path}: these are no settings of Albumen, or they are damaged ({detail}). Choose a file that Albumen exported.</source>
        <translation>{path}: Albumen의 설정이 아니거나 손상되었어요({detail}). Albumen에서 내보낸 파일을 골라 주세요.</translation>
    </message>
    <message>
        <source>{path}: this album is open in another window of Albumen. Close that one first.</source>
        <translation>{path}: 이 앨범은 다른 Albumen 창에서 열려 있어요. 그 창을 먼저 닫아 주세요.</translation>
    </message>
    <message>
        <source>{path}: this catalogue was made by a newer Albumen. Install the newest version; nothing was changed.</source>
        <translation>{path}: 더 새로운 Albumen이 만든 사진 목록이에요. 최신 버전을 설치해 주세요. 바뀐 것은 없어요.</translation>
    </message>
    <message>
        <source>{path}: this checkpoint is cut short or damaged. Delete it to begin anew, or give another folder.</source>
        <translation>{path}: 이 체크포인트는 잘렸거나 손상되었어요. 지우고 새로 시작하거나 다른 폴더를 지정해 주세요.</translation>
    </message>
    <message>
        <source>{path}: this checkpoint is of another network than the configuration names: {detail}. Give another folder, or the configuration it was begun with.</source>
        <translation>{path}: 이 체크포인트는 설정에 적힌 것과 다른 신경망의 것이에요: {detail}. 다른 폴더나 처음 시작할 때의 설정을 지정해 주세요.</translation>
    </message>
    <message>
        <source>{path}: this file holds more than weights and was not opened. Get it from its original source.</source>
        <translation>{path}: 모델 값 말고 다른 것이 들어 있어서 열지 않았어요. 원래 나온 곳에서 받아 주세요.</translation>
    </message>
    <message>
        <source>{path}: this file is not the one the model {model} needs (damaged or changed). Import it again.</source>
        <translation>{path}: {model} 모델에 필요한 파일이 아니에요(손상되었거나 바뀌었어요). 다시 가져와 주세요.</translation>
    </message>
    <message>
        <source>{path}: this file may not be read. Give yourself permission to read it and try again.</source>
        <translation>{path}: 이 파일을 읽을 권한이 없어요. 읽기 권한을 주고 다시 해 주세요.</translation>
    </message>
    <message>
        <source>{path}: this folder is no model pack, since it has no {file}.</source>
        <translation>{path}: {file} 파일이 없어서 모델 묶음이 아니에요.</translation>
    </message>
    <message>
        <source>{path}: this folder may not be read. Give yourself permission to open it and try again.</source>
        <translation>{path}: 이 폴더를 읽을 권한이 없어요. 열기 권한을 주고 다시 해 주세요.</translation>
    </message>
    <message>
        <source>{path}: this holds no recipe of Albumen&apos;s, or a damaged one. Choose a result, or the .json beside it.</source>
        <translation>{path}: Albumen의 제작 기록이 없거나 손상되었어요. 완성된 사진이나 그 옆의 .json 파일을 골라 주세요.</translation>
    </message>
    <message>
        <source>{path}: this is another picture than the one that is missing. Choose the file with the same content.</source>
        <translation>{path}: 사라진 사진과 다른 사진이에요. 내용이 같은 파일을 골라 주세요.</translation>
    </message>
    <message>
        <source>{path}: this is another version of the model {model} than the one with which this was made.</source>
        <translation>{path}: 이것을 만든 {model} 모델과 버전이 달라요.</translation>
    </message>
    <message>
        <source>{path}: this is no file of weights, or it is cut short. Get it again from its original source.</source>
        <translation>{path}: 모델 파일이 아니거나 잘린 파일이에요. 원래 나온 곳에서 다시 받아 주세요.</translation>
    </message>
    <message>
        <source>{path}: this is not a picture Albumen can read. Save it as JPEG, PNG or TIFF and try again.</source>
        <translation>{path}: Albumen이 읽을 수 없는 그림이에요. JPEG, PNG, TIFF로 저장해서 다시 해 주세요.</translation>
    </message>
    <message>
        <source>{path}: this is not the photo of this recipe, or it was changed since. Choose the original as it was.</source>
        <translation>{path}: 이 제작 기록의 사진이 아니거나 그 뒤에 바뀌었어요. 바뀌기 전의 원본을 골라 주세요.</translation>
    </message>
    <message>
        <source>{path}: this is the original, which Albumen never writes to. Choose another output folder.</source>
        <translation>{path}: 원본이라서 Albumen이 절대 덮어쓰지 않아요. 저장할 폴더를 다르게 골라 주세요.</translation>
    </message>
    <message>
        <source>{path}: this is {what}, which Albumen cannot read. Save it as RGB with 8 or 16 bits and try again.</source>
        <translation>{path}: Albumen이 읽을 수 없는 형식이에요({what}). 8비트나 16비트 RGB로 저장해서 다시 해 주세요.</translation>
    </message>
    <message>
        <source>{path}: this list of models is damaged ({detail}). Install Albumen, or the model pack, again.</source>
        <translation>{path}: 이 모델 목록은 손상되었어요({detail}). Albumen이나 모델 묶음을 다시 설치해 주세요.</translation>
    </message>
    <message>
        <source>{path}: this name, or that of a folder above it, is not valid text. Rename it and try again.</source>
        <translation>{path}: 이 이름이나 상위 폴더 이름에 잘못된 글자가 있어요. 이름을 바꾸고 다시 해 주세요.</translation>
    </message>
    <message>
        <source>{path}: this path lies outside the folders of its job and was not used.</source>
        <translation>{path}: 이 작업의 폴더 밖에 있는 경로라서 쓰지 않았어요.</translation>
    </message>
    <message>
        <source>{path}: this safety copy was made by a newer Albumen and was left as it is.</source>
        <translation>{path}: 더 새로운 Albumen이 만든 안전 사본이라서 그대로 두었어요.</translation>
    </message>
    <message>
        <source>{path}: this version of a face is missing or damaged. Plug in its disk, or restore the face again.</source>
        <translation>{path}: 얼굴의 이 버전이 없거나 손상되었어요. 디스크를 연결하거나 얼굴을 다시 복원해 주세요.</translation>
    </message>
    <message>
        <source>{path}: what was painted on a face is missing or damaged. Paint it again.</source>
        <translation>{path}: 얼굴에 칠한 내용이 없거나 손상되었어요. 다시 칠해 주세요.</translation>
    </message>
    <message>
        <source>{path}: {width} x {height} pixels are more than Albumen opens ({limit_mp} megapixels). Make it smaller first.</source>
        <translation>{path}: {width} x {height} 픽셀로, Albumen이 열 수 있는 크기({limit_mp}메가픽셀)보다 커요. 먼저 사진을 줄여 주세요.</translation>
    </message>
    <message>
        <source>{path}: {width} x {height} pixels are more than a file of this format holds. Choose PNG instead.</source>
        <translation>{path}: {width} x {height} 픽셀은 이 형식의 파일에 담을 수 없어요. PNG를 골라 주세요.</translation>
    </message>
    <message>
        <source>{said} (no answer within {seconds} s)</source>
        <translation>{said} ({seconds}초 안에 대답이 없음)</translation>
    </message>
    <message>
        <source>{template}: a brace is missing, or something in braces is wrong. Write e.g. {{name}}-{{counter:3}}.</source>
        <translation>{template}: 중괄호가 빠졌거나 중괄호 안이 잘못되었어요. 예를 들어 {{name}}-{{counter:3}}처럼 써 주세요.</translation>
    </message>
    <message>
        <source>{url}: the connection failed ({detail}). Check the network and try again; what has come is kept.</source>
        <translation>{url}: 연결하지 못했어요({detail}). 인터넷을 확인하고 다시 해 주세요. 이미 받은 것은 그대로 있어요.</translation>
    </message>
    <message>
        <source>{url}: the server does not hand this file out ({detail}). Get it another way and import it.</source>
        <translation>{url}: 서버가 이 파일을 내주지 않아요({detail}). 다른 방법으로 받아서 가져와 주세요.</translation>
    </message>
    <message>
        <source>{{{field}}} cannot be part of a name. Known are: {known}.</source>
        <translation>{{{field}}}: 이름에 쓸 수 없는 부분이에요. 쓸 수 있는 것은 다음과 같아요: {known}.</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source> pixels</source>
        <translation> 픽셀</translation>
    </message>
    <message numerus="yes">
        <source>%n photo(s) have no restored face chosen and keep the faces they have.</source>
        <translation>
            <numerusform>사진 %n장은 고른 복원 얼굴이 없어서 지금 얼굴 그대로 내보내요.</numerusform>
        </translation>
    </message>
    <message>
        <source>Album</source>
        <translation>앨범</translation>
    </message>
    <message>
        <source>As good as the original</source>
        <translation>원본만큼 좋게</translation>
    </message>
    <message>
        <source>As it is</source>
        <translation>그대로</translation>
    </message>
    <message>
        <source>As the photo is</source>
        <translation>사진과 같게</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>취소</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>폴더를 고르세요</translation>
    </message>
    <message>
        <source>Choose a folder first</source>
        <translation>먼저 폴더를 골라 주세요</translation>
    </message>
    <message>
        <source>Choose the folder</source>
        <translation>폴더 고르기</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>고르기…</translation>
    </message>
    <message>
        <source>Date taken</source>
        <translation>찍은 날짜</translation>
    </message>
    <message>
        <source>Details in the file</source>
        <translation>파일에 담을 정보</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>내보내기</translation>
    </message>
    <message numerus="yes">
        <source>Export %n photo(s)</source>
        <translation>
            <numerusform>사진 %n장 내보내기</numerusform>
        </translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>폴더</translation>
    </message>
    <message>
        <source>Folder for the exported photos</source>
        <translation>내보낸 사진을 둘 폴더</translation>
    </message>
    <message>
        <source>For example: {names}</source>
        <translation>예: {names}</translation>
    </message>
    <message>
        <source>Insert</source>
        <translation>넣기</translation>
    </message>
    <message>
        <source>Insert a part of the name</source>
        <translation>이름에 들어갈 부분 넣기</translation>
    </message>
    <message>
        <source>JPEG (small, opens everywhere)</source>
        <translation>JPEG (작고 어디서나 열려요)</translation>
    </message>
    <message>
        <source>Keep everything</source>
        <translation>모두 남기기</translation>
    </message>
    <message>
        <source>Kind of file</source>
        <translation>파일 종류</translation>
    </message>
    <message>
        <source>Leave out where it was taken</source>
        <translation>찍은 곳은 빼기</translation>
    </message>
    <message>
        <source>Longest side in pixels</source>
        <translation>긴 변의 픽셀 수</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>이름</translation>
    </message>
    <message>
        <source>Name of the photo</source>
        <translation>사진 이름</translation>
    </message>
    <message>
        <source>New files are made, never over an original.</source>
        <translation>새 파일을 만들고, 원본은 절대 덮어쓰지 않아요.</translation>
    </message>
    <message>
        <source>Number of faces</source>
        <translation>얼굴 수</translation>
    </message>
    <message>
        <source>Number, counted up</source>
        <translation>차례 번호</translation>
    </message>
    <message>
        <source>PNG (large, nothing is lost)</source>
        <translation>PNG (크지만 잃는 것이 없어요)</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>화질</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>크기</translation>
    </message>
    <message>
        <source>Smaller, longest side</source>
        <translation>작게, 긴 변 길이</translation>
    </message>
    <message>
        <source>Stars</source>
        <translation>별점</translation>
    </message>
    <message>
        <source>TIFF (large, for printing and archives)</source>
        <translation>TIFF (크고 인쇄와 보관에 좋아요)</translation>
    </message>
    <message>
        <source>Today&apos;s date</source>
        <translation>오늘 날짜</translation>
    </message>
    <message>
        <source>WebP (smallest, for the web)</source>
        <translation>WebP (가장 작고 웹에 좋아요)</translation>
    </message>
    <message>
        <source>Year taken</source>
        <translation>찍은 해</translation>
    </message>
    <message>
        <source>best picture</source>
        <translation>가장 좋은 화질</translation>
    </message>
    <message>
        <source>small file</source>
        <translation>작은 파일</translation>
    </message>
</context>
<context>
    <name>ExportProgressDialog</name>
    <message numerus="yes">
        <source>%n photo(s) could not be exported</source>
        <translation>
            <numerusform>사진 %n장을 내보내지 못했어요</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n photo(s) exported</source>
        <translation>
            <numerusform>사진 %n장을 내보냈어요</numerusform>
        </translation>
    </message>
    <message>
        <source>Cancel the export</source>
        <translation>내보내기 취소</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>완료</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>내보내기</translation>
    </message>
    <message numerus="yes">
        <source>Exporting %n photo(s)</source>
        <translation>
            <numerusform>사진 %n장 내보내는 중</numerusform>
        </translation>
    </message>
    <message>
        <source>Go on in the background</source>
        <translation>보이지 않게 계속하기</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>폴더 열기</translation>
    </message>
    <message>
        <source>Photos that could not be exported</source>
        <translation>내보내지 못한 사진</translation>
    </message>
    <message>
        <source>Progress of the export</source>
        <translation>내보내기 진행</translation>
    </message>
    <message>
        <source>The export was cancelled</source>
        <translation>내보내기를 취소했어요</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>약 {time} 남음</translation>
    </message>
    <message>
        <source>{done} of {count} done</source>
        <translation>{count}장 중 {done}장 끝남</translation>
    </message>
</context>
<context>
    <name>FaceBar</name>
    <message numerus="yes">
        <source>%n face(s)</source>
        <translation>
            <numerusform>얼굴 %n개</numerusform>
        </translation>
    </message>
    <message>
        <source>Face {n} of {count}</source>
        <translation>얼굴 {n}/{count}</translation>
    </message>
    <message>
        <source>More like this</source>
        <translation>비슷하게 더</translation>
    </message>
    <message>
        <source>Next face</source>
        <translation>다음 얼굴</translation>
    </message>
    <message>
        <source>No faces yet</source>
        <translation>아직 얼굴이 없어요</translation>
    </message>
    <message>
        <source>Previous face</source>
        <translation>이전 얼굴</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>진행</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>멈추기</translation>
    </message>
    <message>
        <source>Try others</source>
        <translation>다르게 더</translation>
    </message>
    <message>
        <source>Waiting its turn</source>
        <translation>차례를 기다리는 중</translation>
    </message>
    <message>
        <source>{what}, {time} left</source>
        <translation>{what}, {time} 남음</translation>
    </message>
</context>
<context>
    <name>FetchDialog</name>
    <message>
        <source>Fetch a model</source>
        <translation>모델 내려받기</translation>
    </message>
    <message>
        <source>Fetch it now</source>
        <translation>지금 내려받기</translation>
    </message>
    <message>
        <source>Fetch {name}?</source>
        <translation>{name} 모델을 내려받을까요?</translation>
    </message>
    <message>
        <source>From {host}. The size shows once it begins.</source>
        <translation>{host}에서 받아요. 크기는 시작하면 보여요.</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>나중에</translation>
    </message>
    <message>
        <source>This is the only thing in Albumen that uses the network. Nothing about you or your photos is sent.</source>
        <translation>Albumen이 인터넷을 쓰는 일은 이것뿐이에요. 나와 내 사진에 대한 것은 아무것도 보내지 않아요.</translation>
    </message>
    <message>
        <source>{size} from {host}.</source>
        <translation>{host}에서 {size} 받아요.</translation>
    </message>
</context>
<context>
    <name>FirstSteps</name>
    <message>
        <source>Add a photo</source>
        <translation>사진 추가하기</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>내보내기</translation>
    </message>
    <message>
        <source>First steps</source>
        <translation>첫걸음</translation>
    </message>
    <message>
        <source>Hide the first steps</source>
        <translation>첫걸음 숨기기</translation>
    </message>
    <message>
        <source>Pick the version you like</source>
        <translation>마음에 드는 버전 고르기</translation>
    </message>
    <message>
        <source>Restore it</source>
        <translation>복원하기</translation>
    </message>
    <message>
        <source>{step}, done</source>
        <translation>{step}, 끝남</translation>
    </message>
</context>
<context>
    <name>FoldersTab</name>
    <message>
        <source>Beside each photo</source>
        <translation>사진마다 그 옆에</translation>
    </message>
    <message>
        <source>Beside each photo, in a folder named Albumen</source>
        <translation>사진마다 그 옆의 Albumen 폴더</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>바꾸기…</translation>
    </message>
    <message>
        <source>Finished photos</source>
        <translation>완성된 사진</translation>
    </message>
    <message>
        <source>Log files</source>
        <translation>로그 파일</translation>
    </message>
    <message>
        <source>Moving the versions of faces</source>
        <translation>얼굴 버전을 옮기는 중</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>열기</translation>
    </message>
    <message>
        <source>Use the usual folder</source>
        <translation>원래 폴더 쓰기</translation>
    </message>
    <message>
        <source>Versions of faces</source>
        <translation>얼굴 버전</translation>
    </message>
    <message>
        <source>Versions that are there already are moved along while you go on working.</source>
        <translation>이미 있는 버전은 작업을 계속하는 동안 함께 옮겨져요.</translation>
    </message>
    <message>
        <source>Where shall finished photos go?</source>
        <translation>완성된 사진을 어디에 저장할까요?</translation>
    </message>
    <message>
        <source>Where shall versions of faces be kept?</source>
        <translation>얼굴 버전을 어디에 보관할까요?</translation>
    </message>
    <message>
        <source>Your work and its safety copies</source>
        <translation>작업 내용과 그 안전 사본</translation>
    </message>
    <message>
        <source>{path} is not there now, so new versions are kept here until it is.</source>
        <translation>지금 {path} 폴더가 없어서, 다시 나타날 때까지 새 버전을 여기에 보관해요.</translation>
    </message>
</context>
<context>
    <name>HintBar</name>
    <message>
        <source>Cancel</source>
        <translation>취소</translation>
    </message>
    <message>
        <source>Cancel (Esc)</source>
        <translation>취소 (Esc)</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>완료</translation>
    </message>
    <message>
        <source>Done (Enter)</source>
        <translation>완료 (Enter)</translation>
    </message>
</context>
<context>
    <name>HistoryPanel</name>
    <message>
        <source>Nothing has been done to this photo yet.</source>
        <translation>이 사진에는 아직 한 일이 없어요.</translation>
    </message>
    <message>
        <source>What was done to this photo</source>
        <translation>이 사진에 한 일</translation>
    </message>
</context>
<context>
    <name>JobModel</name>
    <message>
        <source>Export</source>
        <translation>내보내기</translation>
    </message>
    <message>
        <source>Find faces</source>
        <translation>얼굴 찾기</translation>
    </message>
    <message>
        <source>Restore faces</source>
        <translation>얼굴 복원</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>약 {time} 남음</translation>
    </message>
    <message>
        <source>beginning</source>
        <translation>시작하는 중</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>취소됨</translation>
    </message>
    <message>
        <source>done</source>
        <translation>끝남</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>멈춤</translation>
    </message>
    <message>
        <source>waits its turn</source>
        <translation>차례를 기다림</translation>
    </message>
</context>
<context>
    <name>JobView</name>
    <message>
        <source>Jobs</source>
        <translation>작업</translation>
    </message>
</context>
<context>
    <name>Library</name>
    <message>
        <source>Add to album</source>
        <translation>앨범에 넣기</translation>
    </message>
    <message>
        <source>Delete album</source>
        <translation>앨범 지우기</translation>
    </message>
    <message>
        <source>Flag photos</source>
        <translation>깃발 표시</translation>
    </message>
    <message>
        <source>Rate photos</source>
        <translation>별점 주기</translation>
    </message>
    <message>
        <source>Remove photos</source>
        <translation>사진 빼기</translation>
    </message>
    <message>
        <source>Take out of album</source>
        <translation>앨범에서 빼기</translation>
    </message>
</context>
<context>
    <name>LicenceDialog</name>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
    <message>
        <source>I have read and accept it</source>
        <translation>읽었고 동의해요</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>라이선스</translation>
    </message>
    <message>
        <source>Licence of {name}</source>
        <translation>{name} 라이선스</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>나중에</translation>
    </message>
    <message>
        <source>Text of the licence</source>
        <translation>라이선스 내용</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>&amp;Edit</source>
        <translation>편집(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>파일(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>도움말(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Tools</source>
        <translation>도구(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>보기(&amp;V)</translation>
    </message>
    <message>
        <source>About Albumen</source>
        <translation>Albumen 정보</translation>
    </message>
    <message>
        <source>Album</source>
        <translation>앨범</translation>
    </message>
    <message>
        <source>Everywhere</source>
        <translation>어디서나</translation>
    </message>
    <message>
        <source>Find missing photos in a folder…</source>
        <translation>폴더에서 사라진 사진 찾기…</translation>
    </message>
    <message>
        <source>Keys and shortcuts</source>
        <translation>단축키</translation>
    </message>
    <message>
        <source>Models…</source>
        <translation>모델…</translation>
    </message>
    <message>
        <source>Photo</source>
        <translation>사진</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>작업 목록</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>끝내기</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>다시 실행</translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation>설정…</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>실행 취소</translation>
    </message>
</context>
<context>
    <name>MessageBar</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n개 더</numerusform>
        </translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>이 알림 닫기</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>알림</translation>
    </message>
</context>
<context>
    <name>ModelCard</name>
    <message>
        <source>Fetch over the network…</source>
        <translation>인터넷에서 내려받기…</translation>
    </message>
    <message>
        <source>Fetching</source>
        <translation>내려받는 중</translation>
    </message>
    <message>
        <source>Fetching {name}</source>
        <translation>{name} 내려받는 중</translation>
    </message>
    <message>
        <source>Import from a file…</source>
        <translation>파일에서 가져오기…</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>설치됨</translation>
    </message>
    <message>
        <source>Installed, licence not accepted yet</source>
        <translation>설치됨, 라이선스 동의 필요</translation>
    </message>
    <message>
        <source>Not installed</source>
        <translation>설치되지 않음</translation>
    </message>
    <message>
        <source>Read and accept the licence…</source>
        <translation>라이선스를 읽고 동의하기…</translation>
    </message>
    <message>
        <source>Read the licence…</source>
        <translation>라이선스 읽기…</translation>
    </message>
    <message>
        <source>Stop fetching</source>
        <translation>내려받기 멈추기</translation>
    </message>
    <message>
        <source>Use as default</source>
        <translation>기본으로 쓰기</translation>
    </message>
    <message>
        <source>Used as default</source>
        <translation>기본으로 쓰는 중</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>약 {time} 남음</translation>
    </message>
</context>
<context>
    <name>Models</name>
    <message>
        <source>Cleans faces and sharpens them; imagines nothing beyond that.</source>
        <translation>얼굴을 깨끗하고 또렷하게 해요. 그 밖에는 아무것도 상상하지 않아요.</translation>
    </message>
    <message>
        <source>Fills in what scratches and tears have taken from a face.</source>
        <translation>긁히거나 찢겨서 사라진 얼굴 부분을 채워요.</translation>
    </message>
    <message>
        <source>For any use, also commercial</source>
        <translation>상업용을 포함해 어디에나 쓸 수 있음</translation>
    </message>
    <message>
        <source>Its licence is not known; ask its authors before commercial use</source>
        <translation>라이선스를 알 수 없으니, 상업용으로 쓰기 전에 만든 사람에게 물어보세요</translation>
    </message>
    <message>
        <source>Knows what faces look like. It works together with a part that cleans them.</source>
        <translation>얼굴이 어떻게 생겼는지 알아요. 얼굴을 깨끗하게 하는 부분과 함께 일해요.</translation>
    </message>
    <message>
        <source>Not for commercial use</source>
        <translation>상업용으로는 쓸 수 없음</translation>
    </message>
    <message>
        <source>Restores faces: cleans them first, then imagines what is lost, as much as you allow.</source>
        <translation>얼굴을 복원해요. 먼저 깨끗하게 하고, 사라진 부분을 허락한 만큼만 상상해서 채워요.</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message numerus="yes">
        <source>%n file(s) are not as they should be</source>
        <translation>
            <numerusform>파일 %n개에 문제가 있어요</numerusform>
        </translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>모든 파일 (*)</translation>
    </message>
    <message>
        <source>All files are as they should be</source>
        <translation>모든 파일에 문제가 없어요</translation>
    </message>
    <message>
        <source>Check files</source>
        <translation>파일 검사</translation>
    </message>
    <message>
        <source>File with a model</source>
        <translation>모델이 든 파일</translation>
    </message>
    <message>
        <source>Hides what may not be used in a studio, a shop or any other business.</source>
        <translation>사진관, 가게 같은 사업에 쓰면 안 되는 모델을 숨겨요.</translation>
    </message>
    <message>
        <source>Import from a file…</source>
        <translation>파일에서 가져오기…</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>Models ({patterns})</source>
        <translation>모델 ({patterns})</translation>
    </message>
    <message>
        <source>No model fits. Clear the box above to see all.</source>
        <translation>맞는 모델이 없어요. 위의 선택을 끄면 모두 보여요.</translation>
    </message>
    <message>
        <source>Only models for commercial use</source>
        <translation>상업용으로 쓸 수 있는 모델만</translation>
    </message>
    <message>
        <source>Parts that models are made of</source>
        <translation>모델을 이루는 부분</translation>
    </message>
    <message>
        <source>Progress of the check</source>
        <translation>검사 진행</translation>
    </message>
    <message>
        <source>damaged or changed: import or fetch it again</source>
        <translation>손상되었거나 바뀜: 다시 가져오거나 내려받아 주세요</translation>
    </message>
    <message>
        <source>missing: import or fetch it again</source>
        <translation>없음: 다시 가져오거나 내려받아 주세요</translation>
    </message>
    <message>
        <source>unchanged</source>
        <translation>그대로임</translation>
    </message>
</context>
<context>
    <name>OptionsBinding</name>
    <message>
        <source>Delete saved settings</source>
        <translation>저장한 설정 지우기</translation>
    </message>
    <message>
        <source>Name for these settings</source>
        <translation>이 설정의 이름</translation>
    </message>
    <message>
        <source>Save settings</source>
        <translation>설정 저장</translation>
    </message>
    <message>
        <source>Saved settings…</source>
        <translation>저장한 설정…</translation>
    </message>
    <message>
        <source>Take settings from a file</source>
        <translation>파일에서 설정 가져오기</translation>
    </message>
    <message>
        <source>Which settings?</source>
        <translation>어떤 설정인가요?</translation>
    </message>
    <message>
        <source>Write saved settings to a file</source>
        <translation>저장한 설정을 파일로 쓰기</translation>
    </message>
</context>
<context>
    <name>PhotoBinding</name>
    <message>
        <source>No face was found. You can draw one by hand (D).</source>
        <translation>얼굴을 찾지 못했어요. 직접 그릴 수 있어요 (D).</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>원본</translation>
    </message>
    <message>
        <source>This face lost little, so it was only cleaned: there is one version. Raise the slider for more.</source>
        <translation>이 얼굴은 잃은 것이 적어서 깨끗하게만 했어요. 그래서 버전이 하나예요. 더 보려면 슬라이더를 올려 주세요.</translation>
    </message>
</context>
<context>
    <name>PhotoGrid</name>
    <message>
        <source>Photos</source>
        <translation>사진</translation>
    </message>
</context>
<context>
    <name>PhotoModel</name>
    <message numerus="yes">
        <source>%n star(s)</source>
        <translation>
            <numerusform>별 %n개</numerusform>
        </translation>
    </message>
    <message>
        <source>Taken on {date}</source>
        <translation>찍은 날: {date}</translation>
    </message>
    <message>
        <source>exported</source>
        <translation>내보냄</translation>
    </message>
    <message>
        <source>faces found</source>
        <translation>얼굴 찾음</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>실패</translation>
    </message>
    <message>
        <source>file is missing</source>
        <translation>파일 없음</translation>
    </message>
    <message>
        <source>flagged</source>
        <translation>깃발 표시</translation>
    </message>
    <message>
        <source>rejected</source>
        <translation>거절함</translation>
    </message>
    <message>
        <source>restored</source>
        <translation>복원됨</translation>
    </message>
</context>
<context>
    <name>PhotoPage</name>
    <message>
        <source>Back to the album</source>
        <translation>앨범으로 돌아가기</translation>
    </message>
    <message>
        <source>Before and after, divided</source>
        <translation>전과 후, 나눠 보기</translation>
    </message>
    <message>
        <source>Before and after, side by side</source>
        <translation>전과 후, 나란히 보기</translation>
    </message>
    <message>
        <source>Blend</source>
        <translation>합성</translation>
    </message>
    <message>
        <source>Delete saved settings…</source>
        <translation>저장한 설정 지우기…</translation>
    </message>
    <message>
        <source>Draw a face that was missed</source>
        <translation>빠진 얼굴 그리기</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>내보내기…</translation>
    </message>
    <message>
        <source>Find faces</source>
        <translation>얼굴 찾기</translation>
    </message>
    <message>
        <source>History</source>
        <translation>기록</translation>
    </message>
    <message>
        <source>Leave this face out</source>
        <translation>이 얼굴 제외하기</translation>
    </message>
    <message>
        <source>Next photo</source>
        <translation>다음 사진</translation>
    </message>
    <message>
        <source>Previous photo</source>
        <translation>이전 사진</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>복원</translation>
    </message>
    <message numerus="yes">
        <source>Restore %n face(s)</source>
        <translation>
            <numerusform>얼굴 %n개 복원</numerusform>
        </translation>
    </message>
    <message>
        <source>Restore all faces</source>
        <translation>모든 얼굴 복원</translation>
    </message>
    <message>
        <source>Restore this face</source>
        <translation>이 얼굴 복원</translation>
    </message>
    <message>
        <source>Restored</source>
        <translation>복원 결과</translation>
    </message>
    <message>
        <source>Same as the whole photo</source>
        <translation>사진 전체와 같게</translation>
    </message>
    <message>
        <source>Save settings under a name…</source>
        <translation>설정을 이름 붙여 저장…</translation>
    </message>
    <message>
        <source>Save, delete, write or read settings</source>
        <translation>설정 저장, 지우기, 쓰기, 읽기</translation>
    </message>
    <message>
        <source>Saved settings</source>
        <translation>저장한 설정</translation>
    </message>
    <message numerus="yes">
        <source>Settings of %n chosen face(s)</source>
        <translation>
            <numerusform>선택한 얼굴 %n개의 설정</numerusform>
        </translation>
    </message>
    <message>
        <source>Settings of the whole photo</source>
        <translation>사진 전체의 설정</translation>
    </message>
    <message>
        <source>Settings of this face only</source>
        <translation>이 얼굴만의 설정</translation>
    </message>
    <message>
        <source>Show face frames</source>
        <translation>얼굴 테두리 보기</translation>
    </message>
    <message>
        <source>Show what was invented (where versions differ)</source>
        <translation>상상한 곳 보기 (버전마다 다른 곳)</translation>
    </message>
    <message>
        <source>Take settings from a file…</source>
        <translation>파일에서 설정 가져오기…</translation>
    </message>
    <message>
        <source>What can be done with saved settings</source>
        <translation>저장한 설정으로 할 수 있는 일</translation>
    </message>
    <message>
        <source>What is set beside the photo</source>
        <translation>사진 옆의 설정</translation>
    </message>
    <message>
        <source>What the settings are for</source>
        <translation>설정을 적용할 곳</translation>
    </message>
    <message>
        <source>Whole photo</source>
        <translation>사진 전체</translation>
    </message>
    <message>
        <source>Write saved settings to a file…</source>
        <translation>저장한 설정을 파일로 쓰기…</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>확대</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>축소</translation>
    </message>
</context>
<context>
    <name>PhotosTab</name>
    <message>
        <source>A small file with what you chose, so that it moves with the photo. The photo is never changed.</source>
        <translation>고른 내용을 담은 작은 파일이에요. 사진을 옮길 때 함께 옮길 수 있어요. 사진은 절대 바뀌지 않아요.</translation>
    </message>
    <message>
        <source>Keep a copy of the work beside each photo</source>
        <translation>작업 내용을 사진 옆에도 보관하기</translation>
    </message>
</context>
<context>
    <name>QueueButton</name>
    <message numerus="yes">
        <source>%n could not be done</source>
        <translation>
            <numerusform>%n개를 하지 못함</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n to do</source>
        <translation>
            <numerusform>할 일 %n개</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>QueuePanel</name>
    <message numerus="yes">
        <source>%n could not be done</source>
        <translation>
            <numerusform>%n개를 하지 못함</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n to do</source>
        <translation>
            <numerusform>할 일 %n개</numerusform>
        </translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>취소</translation>
    </message>
    <message>
        <source>Cancel (Del)</source>
        <translation>취소 (Del)</translation>
    </message>
    <message>
        <source>Clear what is finished</source>
        <translation>끝난 것 치우기</translation>
    </message>
    <message>
        <source>Close the queue</source>
        <translation>작업 목록 닫기</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>앞으로</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>계속</translation>
    </message>
    <message>
        <source>Go on (Space)</source>
        <translation>계속 (Space)</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>뒤로</translation>
    </message>
    <message>
        <source>Nothing to do. What you start is listed here.</source>
        <translation>할 일이 없어요. 시작한 작업이 여기에 보여요.</translation>
    </message>
    <message>
        <source>Pause (Space)</source>
        <translation>멈추기 (Space)</translation>
    </message>
    <message>
        <source>Pause all</source>
        <translation>모두 멈추기</translation>
    </message>
    <message>
        <source>Pause or go on</source>
        <translation>멈추기 또는 계속</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>작업 목록</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>다시 하기</translation>
    </message>
    <message>
        <source>Try again (R)</source>
        <translation>다시 하기 (R)</translation>
    </message>
    <message>
        <source>Try all again</source>
        <translation>모두 다시 하기</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>약 {time} 남음</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>멈춤</translation>
    </message>
</context>
<context>
    <name>RestoringTab</name>
    <message>
        <source>Apple graphics</source>
        <translation>Apple 그래픽</translation>
    </message>
    <message>
        <source>As fits the computer</source>
        <translation>컴퓨터에 맞게</translation>
    </message>
    <message>
        <source>As many as help</source>
        <translation>도움이 되는 만큼</translation>
    </message>
    <message>
        <source>Exact (32 bit)</source>
        <translation>정확하게 (32비트)</translation>
    </message>
    <message>
        <source>Faster (bf16)</source>
        <translation>더 빠르게 (bf16)</translation>
    </message>
    <message>
        <source>Faster, older graphics cards (fp16)</source>
        <translation>더 빠르게, 예전 그래픽 카드 (fp16)</translation>
    </message>
    <message>
        <source>For new photos</source>
        <translation>새 사진에 쓸 설정</translation>
    </message>
    <message>
        <source>In use now: {name}</source>
        <translation>지금 쓰는 장치: {name}</translation>
    </message>
    <message>
        <source>In use now: {name}, {size} of memory</source>
        <translation>지금 쓰는 장치: {name}, 메모리 {size}</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>NVIDIA graphics card</source>
        <translation>NVIDIA 그래픽 카드</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>정밀도</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>프로세서</translation>
    </message>
    <message>
        <source>Processor cores</source>
        <translation>프로세서 코어</translation>
    </message>
    <message>
        <source>The fastest there is</source>
        <translation>가장 빠른 장치</translation>
    </message>
    <message>
        <source>What is in use is shown here once it is known.</source>
        <translation>쓰는 장치를 알게 되면 여기에 보여요.</translation>
    </message>
    <message>
        <source>Work with</source>
        <translation>작업할 장치</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Appearance</source>
        <translation>화면</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
    <message>
        <source>Folders</source>
        <translation>폴더</translation>
    </message>
    <message>
        <source>Groups of settings</source>
        <translation>설정 묶음</translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>사진</translation>
    </message>
    <message>
        <source>Restoring</source>
        <translation>복원</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>설정</translation>
    </message>
    <message>
        <source>Storage</source>
        <translation>저장 공간</translation>
    </message>
</context>
<context>
    <name>ShortcutsDialog</name>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
    <message>
        <source>Keys and what they do</source>
        <translation>키와 하는 일</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>단축키</translation>
    </message>
</context>
<context>
    <name>SideBar</name>
    <message numerus="yes">
        <source>Album {name}, %n photo(s)</source>
        <translation>
            <numerusform>앨범 {name}, 사진 %n장</numerusform>
        </translation>
    </message>
    <message>
        <source>Albums</source>
        <translation>앨범</translation>
    </message>
    <message>
        <source>All photos</source>
        <translation>모든 사진</translation>
    </message>
    <message>
        <source>Delete album (photos stay)</source>
        <translation>앨범 지우기 (사진은 그대로)</translation>
    </message>
    <message>
        <source>Exported</source>
        <translation>내보냄</translation>
    </message>
    <message>
        <source>Faces found</source>
        <translation>얼굴 찾음</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>실패</translation>
    </message>
    <message>
        <source>Missing files</source>
        <translation>파일 없음</translation>
    </message>
    <message>
        <source>New</source>
        <translation>새 사진</translation>
    </message>
    <message>
        <source>New album</source>
        <translation>새 앨범</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>이름 바꾸기…</translation>
    </message>
    <message>
        <source>Restored</source>
        <translation>복원됨</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>보여 줄 사진</translation>
    </message>
</context>
<context>
    <name>SplitHandle</name>
    <message>
        <source>Drag, or press ← and →</source>
        <translation>끌거나 ←와 →를 누르세요</translation>
    </message>
    <message>
        <source>Line between before and after</source>
        <translation>전과 후를 나누는 선</translation>
    </message>
</context>
<context>
    <name>Stages</name>
    <message>
        <source>Checking files</source>
        <translation>파일 검사 중</translation>
    </message>
    <message>
        <source>Cleaning the face</source>
        <translation>얼굴을 깨끗하게 하는 중</translation>
    </message>
    <message>
        <source>Enlarging the photo</source>
        <translation>사진을 키우는 중</translation>
    </message>
    <message>
        <source>Fetching</source>
        <translation>내려받는 중</translation>
    </message>
    <message>
        <source>Looking for faces</source>
        <translation>얼굴을 찾는 중</translation>
    </message>
    <message>
        <source>Putting faces into the photo</source>
        <translation>얼굴을 사진에 넣는 중</translation>
    </message>
    <message>
        <source>Restoring</source>
        <translation>복원하는 중</translation>
    </message>
</context>
<context>
    <name>StorageTab</name>
    <message>
        <source>Above this, the oldest versions are removed. Those you chose are kept.</source>
        <translation>이보다 커지면 오래된 버전부터 지워요. 고른 버전은 남겨 둬요.</translation>
    </message>
    <message>
        <source>Clean up now</source>
        <translation>지금 정리</translation>
    </message>
    <message>
        <source>Measuring…</source>
        <translation>재는 중…</translation>
    </message>
    <message>
        <source>Memory for pictures, at most</source>
        <translation>사진용 메모리, 최대</translation>
    </message>
    <message>
        <source>More lets pictures that you saw a while ago appear at once.</source>
        <translation>늘리면 조금 전에 본 사진이 바로 나타나요.</translation>
    </message>
    <message>
        <source>Small pictures, at most</source>
        <translation>작은 미리보기 최대</translation>
    </message>
    <message>
        <source>Space taken by small pictures</source>
        <translation>작은 미리보기가 차지하는 공간</translation>
    </message>
    <message>
        <source>Space taken by versions of faces</source>
        <translation>얼굴 버전이 차지하는 공간</translation>
    </message>
    <message>
        <source>Versions of faces, at most</source>
        <translation>얼굴 버전 최대</translation>
    </message>
    <message>
        <source>{used} of {limit} taken</source>
        <translation>{limit} 중 {used} 사용</translation>
    </message>
</context>
<context>
    <name>StrengthPanel</name>
    <message>
        <source>Choose the strength automatically</source>
        <translation>세기 자동으로 정하기</translation>
    </message>
    <message>
        <source>Each face gets as much as it lost; a sharp face is left nearly as it is.</source>
        <translation>얼굴마다 잃은 만큼만 채워요. 또렷한 얼굴은 거의 그대로 둬요.</translation>
    </message>
    <message>
        <source>How much may be imagined</source>
        <translation>상상으로 채울 정도</translation>
    </message>
    <message>
        <source>More</source>
        <translation>더 보기</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>시드</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>단계 수</translation>
    </message>
    <message>
        <source>The same seed gives the same faces again.</source>
        <translation>시드가 같으면 같은 얼굴이 다시 나와요.</translation>
    </message>
    <message>
        <source>Variety</source>
        <translation>다양함</translation>
    </message>
    <message>
        <source>Versions of each face</source>
        <translation>얼굴마다 버전 수</translation>
    </message>
    <message>
        <source>as the model suggests</source>
        <translation>모델이 권하는 대로</translation>
    </message>
    <message>
        <source>careful</source>
        <translation>조심스럽게</translation>
    </message>
    <message>
        <source>faithful</source>
        <translation>원본에 충실하게</translation>
    </message>
    <message>
        <source>free</source>
        <translation>자유롭게</translation>
    </message>
    <message>
        <source>imaginative</source>
        <translation>상상을 더해서</translation>
    </message>
    <message>
        <source>only cleaned</source>
        <translation>깨끗하게만</translation>
    </message>
</context>
<context>
    <name>TileModel</name>
    <message>
        <source>Original</source>
        <translation>원본</translation>
    </message>
    <message>
        <source>Version {n}</source>
        <translation>버전 {n}</translation>
    </message>
    <message>
        <source>chosen</source>
        <translation>고름</translation>
    </message>
</context>
<context>
    <name>Time</name>
    <message numerus="yes">
        <source>%n hour(s)</source>
        <translation>
            <numerusform>%n시간</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n minute(s)</source>
        <translation>
            <numerusform>%n분</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n second(s)</source>
        <translation>
            <numerusform>%n초</numerusform>
        </translation>
    </message>
</context>
</TS>
